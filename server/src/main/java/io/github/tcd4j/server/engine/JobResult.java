package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.metadata.GenerationSettings;

/**
 * A finished picture.
 *
 * @param png a PNG file with its settings inside; not copied
 * @param settings that made it
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data; equality of content is not needed.
public record JobResult(byte[] png, GenerationSettings settings) {}
