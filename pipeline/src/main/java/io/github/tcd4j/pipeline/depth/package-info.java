/** Depth maps of pictures: the hints of depth ControlNets. */
@NullMarked
package io.github.tcd4j.pipeline.depth;

import org.jspecify.annotations.NullMarked;
