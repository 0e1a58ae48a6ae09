/** {@code tcd4j convert}: models and LoRAs between layouts, names and precisions. */
@NullMarked
package io.github.tcd4j.cli.convert;

import org.jspecify.annotations.NullMarked;
