/**
 * A data set with many images for one caption: scenes of two or three things, composed without end
 * from artwork on white. A caption names the things only, so style, size, turn, place and
 * background stay open, and their true distributions are known. {@link
 * io.github.tcd4j.data.scenes.SceneDataset} is the way in.
 */
@NullMarked
package io.github.tcd4j.data.scenes;

import org.jspecify.annotations.NullMarked;
