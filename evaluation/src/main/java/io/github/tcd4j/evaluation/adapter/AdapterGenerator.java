package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import java.util.List;

/**
 * Generates with a model, with adapters and without.
 *
 * @param base sampler, LoRAs and first seed of every request
 * @param seeds pictures of one request
 * @param progress receives every step and note; it may cancel
 */
public record AdapterGenerator(TextToImage model, Request base, int seeds, Progress progress) {
  /** The pictures of one prompt: the same noise for each set of adapters. */
  List<Picture> generate(String prompt, AdapterSettings adapters) {
    Request request =
        base.toBuilder().prompt(prompt).adapters(adapters).count(seeds).batch(seeds).build();
    return model.generate(request, progress);
  }

  List<Image> images(String prompt, AdapterSettings adapters) {
    return generate(prompt, adapters).stream().map(Picture::image).toList();
  }
}
