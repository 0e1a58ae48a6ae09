/** Spring AI's image model over a model in the same process. */
@NullMarked
package io.github.tcd4j.springai;

import org.jspecify.annotations.NullMarked;
