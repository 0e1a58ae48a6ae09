/**
 * What a picture remembers: the complete settings, as JSON and in the text form of the field. A new
 * setting goes into one of the nested records, which requests and pictures share, and into {@link
 * io.github.tcd4j.pipeline.metadata.SettingsJson}.
 */
@NullMarked
package io.github.tcd4j.pipeline.metadata;

import org.jspecify.annotations.NullMarked;
