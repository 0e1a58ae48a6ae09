/** Edges and drawings that networks make of pictures: hints of ControlNets. */
@NullMarked
package io.github.tcd4j.pipeline.edges;

import org.jspecify.annotations.NullMarked;
