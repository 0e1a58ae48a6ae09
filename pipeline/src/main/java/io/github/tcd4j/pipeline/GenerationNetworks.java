package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.pipeline.adapter.MotionSource;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputPictures;
import io.github.tcd4j.pipeline.internal.AdapterNetworks;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.internal.sampling.EncodedInput;
import io.github.tcd4j.pipeline.internal.sampling.ImagePromptTokens;
import io.github.tcd4j.pipeline.internal.sampling.InputEncoder;
import io.github.tcd4j.pipeline.internal.sampling.InputRole;
import io.github.tcd4j.pipeline.lora.LoraLoader;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.Bf16Probe;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request computes with: the model's networks with the LoRAs that act on them, and those of
 * adapters. Each is read when it is first needed, and freed when it is {@link #done} unless all are
 * kept from request to request.
 */
final class GenerationNetworks implements AutoCloseable {
  private final ModelFolder folder;
  private final boolean keep;
  private final LoadedModel model;
  private final LoraLoader loras;
  private final AdapterNetworks adapters;

  GenerationNetworks(ModelFolder folder, Device device, boolean keep) {
    this.folder = folder;
    this.keep = keep;
    model = new LoadedModel(folder, device, keep);
    loras = new LoraLoader(folder, device);
    adapters = new AdapterNetworks(device);
  }

  Device device() {
    return model.device;
  }

  LoadedModel model() {
    return model;
  }

  AdapterNetworks adapters() {
    return adapters;
  }

  /** S-embeddings of the active LoRAs. */
  List<DestinationEmbedding> loraDestinations() {
    return loras.destinations();
  }

  /**
   * Begins a request: what it needs of them, and how. What its LoRAs make of the weights looks into
   * the scope that is open here, until {@link #endRequest}.
   */
  void use(ResolvedRequest resolution, Progress progress) {
    GenerationSettings settings = resolution.settings();
    MatchPolicy policy = resolution.policy();
    Precision precision = precision(settings.compute().dtype(), progress);
    ResolvedAdapters.Motion motion = resolution.adapters().motion();
    MotionSource moving = motion == null ? null : motion.source();
    boolean inMemory =
        loras.are(settings.loras(), moving)
            && model.isInMemory(precision)
            && (moving == null || adapters.holds(moving, precision));
    if (inMemory) {
      loras.require(policy);
    }
    model.use(
        precision,
        inMemory ? null : loras.use(settings.loras(), moving, policy, progress),
        progress);
    adapters.use(resolution.adapters(), precision, progress);
    adapters.changeMotion(inMemory ? null : loras.motionChanges());
  }

  private Precision precision(DType dtype, Progress progress) {
    if (dtype == DType.F32) {
      return Precision.FULL;
    }
    boolean cpu = model.device.equals(Device.CPU);
    if (dtype == DType.BF16 && cpu && !Bf16Probe.faster()) {
      progress.note(
          String.format(
              Locale.ROOT,
              "bf16 takes %.1f times as long as f32 on this processor, so it only stores the"
                  + " weights, in half the memory, and f32 computes",
              Bf16Probe.ratio()));
      return new Precision(dtype, DType.F32);
    }
    return new Precision(dtype, cpu && dtype == DType.F16 ? DType.F32 : dtype);
  }

  /** Reads all that the request in {@link #use} needs, to the last page. */
  void readAll(ResolvedAdapters needed) {
    model.readAll();
    needed.controls().forEach(c -> adapters.read(c.source()));
    imagePrompts(needed);
    if (needed.motion() != null) {
      adapters.motionAdapters(needed.motion().source());
    }
  }

  /** The request's picture as the network takes it, in the open scope; null for none. */
  @Nullable EncodedInput encoded(ResolvedRequest resolution, Progress progress) {
    InputPictures pictures = resolution.pictures();
    if (pictures == null) {
      return null;
    }
    boolean tiling = resolution.settings().compute().tiling();
    InputEncoder encoder = new InputEncoder(model, tiling, progress);
    if (resolution.role() == InputRole.UPSCALE) {
      return encoder.small(pictures);
    }
    EncodedInput input = encoder.encode(pictures, folder.autoencoder().downscale());
    done(Component.VAE);
    return input;
  }

  /** What IP-Adapters make of the request's pictures, in the open scope. */
  ImagePromptTokens imagePrompts(ResolvedAdapters resolved) {
    ImagePromptTokens tokens =
        ImagePromptTokens.of(
            resolved, adapters, folder.unet().crossAttentionChannels(), model.device);
    if (!keep && resolved.imageEncoder() != null) {
      adapters.free(resolved.imageEncoder().model());
    }
    return tokens;
  }

  /** These are not needed for the current pictures any more. */
  void done(Component... components) {
    model.done(components);
  }

  /** The pictures have been sampled: what remains to be done is the autoencoder's. */
  void sampled() {
    done(Component.UNET);
    if (!keep) {
      adapters.close();
    }
  }

  /** Ends a request, also where {@link #use} failed. */
  void endRequest() {
    model.endChanges();
    done(Component.values());
    if (!keep) {
      adapters.close();
      loras.close();
    }
  }

  /** Frees all. */
  @Override
  public void close() {
    adapters.close();
    loras.close();
    model.close();
  }
}
