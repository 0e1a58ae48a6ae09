/** LoRAs of a request: what is requested, which file that is, and how it is applied. */
@NullMarked
package io.github.tcd4j.pipeline.lora;

import org.jspecify.annotations.NullMarked;
