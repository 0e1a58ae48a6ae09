package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that made one picture, nothing left open: what the PNG keeps.
 *
 * @param model what the user calls the model
 * @param fingerprint of the model's weights
 * @param others where parts were that the model leaves out or that stood for its own
 * @param prompt may be empty
 * @param negative may be empty, or null where there was none
 * @param sampler a name of the registry
 * @param steps number of steps
 * @param timesteps where they were given one by one, else null
 * @param gamma for samplers that have one and the same in every step, else null
 * @param gammas of each step, where they were given one by one, else null
 * @param eta of DDIM where it was given, else null
 * @param guidance diffusers' guidance_scale; off at 1 and less
 * @param batchSeed seed of the first picture of the batch
 * @param batch number of pictures in the batch
 * @param index place of this picture in it, from 0; its own seed is batchSeed + index
 * @param width in pixels
 * @param height in pixels
 * @param framing sizes that SDXL was told
 * @param reading how prompts were read
 * @param loras in order
 * @param dtype of the weights of U-Net and autoencoder, see {@link Request}
 * @param tiling whether the autoencoder worked in tiles
 * @param device {@code cpu}, {@code cuda:N} or {@code mps}
 * @param threads that one operation could use
 * @param spacing override of the model's, or null
 * @param prediction override of the model's, or null
 * @param version of this project
 * @param engine version of libtorch
 */
public record GenerationSettings(
    String model,
    String fingerprint,
    ComponentOverrides others,
    String prompt,
    @Nullable String negative,
    String sampler,
    int steps,
    @Nullable List<Double> timesteps,
    @Nullable Double gamma,
    @Nullable List<Double> gammas,
    @Nullable Double eta,
    double guidance,
    long batchSeed,
    int batch,
    int index,
    int width,
    int height,
    SizeConditioning framing,
    PromptSettings reading,
    List<ResolvedLora> loras,
    DType dtype,
    boolean tiling,
    String device,
    int threads,
    @Nullable String spacing,
    @Nullable String prediction,
    String version,
    String engine) {
  public GenerationSettings {
    if (batch < 1 || index < 0 || index >= batch) {
      throw new IllegalArgumentException(
          "a picture's index must be in [0, " + (batch - 1) + "] but was " + index);
    }
    timesteps = timesteps == null ? null : List.copyOf(timesteps);
    gammas = gammas == null ? null : List.copyOf(gammas);
    loras = List.copyOf(loras);
  }

  /** The picture's own seed. */
  public long seed() {
    return batchSeed + index;
  }

  /** Whether guidance is on. */
  public boolean guided() {
    return guidance > 1;
  }

  /** The way of sampling, for the registry. */
  public SamplerSettings sampling() {
    return new SamplerSettings(
        timesteps == null ? steps : null, timesteps, gamma, eta, gammas, null);
  }

  /** The same, made with files that are found elsewhere, or changed since, today. */
  public GenerationSettings located(
      ComponentOverrides parts,
      List<ResolvedLora> foundLoras,
      List<EmbeddingFile> foundEmbeddings) {
    return new GenerationSettings(
        model,
        fingerprint,
        parts,
        prompt,
        negative,
        sampler,
        steps,
        timesteps,
        gamma,
        gammas,
        eta,
        guidance,
        batchSeed,
        batch,
        index,
        width,
        height,
        framing,
        reading.withEmbeddings(foundEmbeddings),
        foundLoras,
        dtype,
        tiling,
        device,
        threads,
        spacing,
        prediction,
        version,
        engine);
  }

  /** The same for a picture of a batch: its prompt, the batch's first seed, and its place. */
  public GenerationSettings placed(String text, long first, int size, int place) {
    return new GenerationSettings(
        model,
        fingerprint,
        others,
        text,
        negative,
        sampler,
        steps,
        timesteps,
        gamma,
        gammas,
        eta,
        guidance,
        first,
        size,
        place,
        width,
        height,
        framing,
        reading,
        loras,
        dtype,
        tiling,
        device,
        threads,
        spacing,
        prediction,
        version,
        engine);
  }
}
