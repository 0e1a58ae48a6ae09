/**
 * Networks of a request besides the model's own: ControlNets with their hints, IP-Adapters with
 * their pictures. What is requested, which files that is, and how it is read.
 */
@NullMarked
package io.github.tcd4j.pipeline.adapter;

import org.jspecify.annotations.NullMarked;
