package io.github.tcd4j.springai.autoconfigure;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.metadata.ComputeSettings;
import io.github.tcd4j.springai.Tcd4jImageOptions;
import io.github.tcd4j.tensor.DType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code spring.ai.tcd4j}.
 *
 * @param model Folder of a model in diffusers' layout, or a single file. Required.
 * @param device Where it computes: cpu, cuda, cuda:N or mps.
 * @param preload Whether the start reads the networks, so that the first call does not wait.
 * @param dtype Type of the weights: f32, bf16 or f16.
 * @param tiling Whether the autoencoder works in tiles, which takes less memory.
 * @param threads Threads that one operation may use, at least 1; as many as usual if not set.
 * @param image What concerns images.
 */
@ConfigurationProperties("spring.ai.tcd4j")
public record Tcd4jProperties(
    @Nullable String model,
    @DefaultValue("cpu") String device,
    @DefaultValue("false") boolean preload,
    @DefaultValue("f32") DType dtype,
    @DefaultValue("false") boolean tiling,
    @Nullable Integer threads,
    @DefaultValue Image image) {
  /**
   * What concerns images.
   *
   * @param options Options of every call that does not set its own.
   */
  public record Image(@DefaultValue @NestedConfigurationProperty Tcd4jImageOptions options) {}

  Path path() {
    if (model == null || model.isBlank()) {
      throw new InvalidRequestException(
          "spring.ai.tcd4j.model must name the folder or file of a model; set spring.ai.model.image"
              + " to another provider, or to none, to do without");
    }
    return Path.of(model);
  }

  ComputeSettings compute() {
    return new ComputeSettings(dtype, tiling, threads);
  }
}
