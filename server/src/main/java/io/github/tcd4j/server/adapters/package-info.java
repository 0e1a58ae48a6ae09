/** The ControlNets, T2I-Adapters and IP-Adapters that requests may name. */
@NullMarked
package io.github.tcd4j.server.adapters;

import org.jspecify.annotations.NullMarked;
