/** Folders of pictures to be measured, and the captions that belong to them. */
@NullMarked
package io.github.tcd4j.evaluation.picture;

import org.jspecify.annotations.NullMarked;
