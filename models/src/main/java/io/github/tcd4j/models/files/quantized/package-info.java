/** Weights that are not what they are stored as: scales that are obeyed, marks that are refused. */
@NullMarked
package io.github.tcd4j.models.files.quantized;

import org.jspecify.annotations.NullMarked;
