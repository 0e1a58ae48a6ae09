package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A picture's settings, ready to paint it again, the same or with changes.
 *
 * <pre>{@code
 * Replay replay = Replay.of(Path.of("apple.png"));
 * replay.paint(model, replay.request(), progress).write(Path.of("again.png"));   // the same bytes
 * Picture other = replay.paint(model, replay.with(r -> r.gamma(0.7)), progress);
 * }</pre>
 *
 * <p>The bytes are the same on the same machine, with the same number of threads, model, LoRAs and
 * version; {@link #differences} tells what is not the same any more.
 *
 * @param settings of the one picture
 */
public record Replay(GenerationSettings settings) {
  /**
   * Reads the settings inside a picture.
   *
   * @throws io.github.tcd4j.images.png.PngException if it is no PNG or holds none
   * @throws ModelException if they cannot be understood
   */
  public static Replay of(Path png) {
    return new Replay(SettingsJson.read(png.toString(), PngMetadata.read(png).settings()));
  }

  /**
   * The request for the batch in which the picture was painted. What acted in it of a LoRA acts
   * again, even if it was a part of the file.
   */
  public Request request() {
    return Request.of(settings).toBuilder().policy(MatchPolicy.PARTIAL).build();
  }

  /**
   * The same request changed. Where another sampler is chosen that has no gamma or eta, the old one
   * is dropped; where steps are chosen, the old timesteps are.
   */
  public Request with(UnaryOperator<RequestBuilder> change) {
    Request before = request();
    RequestBuilder open = before.toBuilder().timesteps(null).gamma(null).eta(null).steps(null);
    Request chosen = change.apply(open).build();
    RequestBuilder result = chosen.toBuilder();
    if (chosen.sampling().steps() == null && chosen.sampling().timesteps() == null) {
      result.steps(before.sampling().steps()).timesteps(before.sampling().timesteps());
    }
    String sampler = chosen.sampler() == null ? settings.sampler() : chosen.sampler();
    List<String> knobs = Samplers.named(sampler).parameters();
    boolean unsaid = chosen.sampling().gamma() == null && chosen.sampling().gammas() == null;
    if (unsaid && knobs.contains("gamma")) {
      List<Double> gammas = before.sampling().gammas();
      if (gammas == null) {
        result.gamma(before.sampling().gamma());
      } else {
        result.gammas(gammas);
      }
    }
    if (chosen.sampling().eta() == null && knobs.contains("eta")) {
      result.eta(before.sampling().eta());
    }
    return result.build();
  }

  /** Paints the batch of a request that {@link #request} or {@link #with} gave; its one picture. */
  public Picture paint(TextToImage model, Request request, Progress progress) {
    return model.generate(request, progress).get(settings.index());
  }

  /** What stands against the same bytes, one sentence each; empty where nothing does. */
  public List<String> differences(GenerationSettings now) {
    List<String> found = new ArrayList<>();
    compare(found, "the model's weights", settings.fingerprint(), now.fingerprint());
    compare(found, "the version of tcd4j", settings.version(), now.version());
    compare(found, "the version of libtorch", settings.engine(), now.engine());
    compare(found, "the device", settings.device(), now.device());
    for (int i = 0; i < Math.min(settings.loras().size(), now.loras().size()); i++) {
      ResolvedLora then = settings.loras().get(i);
      ResolvedLora today = now.loras().get(i);
      if (FileName.of(then.name()).equals(FileName.of(today.name()))) {
        compare(found, "the LoRA " + FileName.of(then.name()), then.sha256(), today.sha256());
      }
    }
    for (EmbeddingFile then : settings.reading().embeddings()) {
      now.reading().embeddings().stream()
          .filter(e -> FileName.of(e.file()).equals(FileName.of(then.file())))
          .forEach(
              e ->
                  compare(
                      found,
                      "the embedding " + FileName.of(then.file()),
                      then.sha256(),
                      e.sha256()));
    }
    return found;
  }

  private static void compare(List<String> found, String what, String then, String now) {
    if (!then.equals(now)) {
      found.add(what + ": " + now + ", was " + then + "; the picture may differ");
    }
  }
}
