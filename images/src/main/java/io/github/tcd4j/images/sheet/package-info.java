/** Contact sheets: grids of labelled pictures. */
@NullMarked
package io.github.tcd4j.images.sheet;

import org.jspecify.annotations.NullMarked;
