package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.adapter.AdapterDifferences;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.BatchPosition;
import io.github.tcd4j.pipeline.metadata.FileTexts;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A picture's settings, ready to generate it again, the same or with changes.
 *
 * <pre>{@code
 * Replay replay = Replay.of(Path.of("apple.png"));
 * replay.generate(model, replay.request(), progress).write(Path.of("again.png"));   // the same bytes
 * Picture other = replay.generate(model, replay.with(r -> r.gamma(0.7)), progress);
 * }</pre>
 *
 * <p>The bytes are the same on the same machine, with the same number of threads, model, LoRAs and
 * version; {@link #differences} lists what is not the same any more. A picture that shared steps
 * with other requests, as a server may make it, is generated again up to its last bits.
 *
 * @param settings of the one picture
 */
public record Replay(GenerationSettings settings) {
  /**
   * Checks that the settings are all that it takes.
   *
   * @throws InvalidRequestException if the picture was made with a sampler or step hook of the
   *     calling program
   */
  public Replay {
    request(settings);
  }

  /**
   * Reads the settings inside a picture or animation.
   *
   * @throws io.github.tcd4j.images.png.PngException if it is no PNG or holds none
   * @throws io.github.tcd4j.images.gif.GifException if it is a GIF and holds none
   * @throws ModelException if they cannot be understood
   * @throws InvalidRequestException if the picture was made with a sampler or step hook of the
   *     calling program
   */
  public static Replay of(Path png) {
    return new Replay(SettingsJson.read(png.toString(), FileTexts.read(png).settings()));
  }

  /**
   * The request for the whole batch in which the picture was generated; the picture is the one at
   * {@link BatchPosition#index}. What acted in it of a LoRA acts again, even if it was a part of
   * the file.
   */
  public Request request() {
    return request(settings);
  }

  private static Request request(GenerationSettings s) {
    if (!s.sampling().isReplayable()) {
      throw new InvalidRequestException(
          "the picture was made with a sampler or step hook of the calling program's own, which it"
              + " cannot carry; run that program again");
    }
    int together = s.position().size();
    return new Request(
        s.prompt(),
        s.sampling(),
        s.size(),
        s.input(),
        s.adapters(),
        s.loras().stream().map(ResolvedLora::choice).toList(),
        MatchPolicy.PARTIAL,
        s.position().batchSeed(),
        together,
        together,
        s.compute(),
        null,
        null);
  }

  /**
   * The same request changed. Where another sampler is chosen that has no gamma or eta, the old one
   * is dropped; where steps are chosen, the old timesteps are.
   */
  public Request with(UnaryOperator<Request.Builder> change) {
    Request before = request();
    SamplerSettings old = before.sampling().knobs();
    SamplerSettings open = old.withSteps(null).withTimesteps(null).withGamma(null).withEta(null);
    Request chosen =
        change.apply(before.toBuilder().sampling(before.sampling().withKnobs(open))).build();
    SamplerSettings knobs = chosen.sampling().knobs();
    if (!knobs.hasLength()) {
      knobs = knobs.withSteps(old.steps()).withTimesteps(old.timesteps());
    }
    List<String> known = knobs(chosen);
    if (knobs.gamma() == null && known.contains("gamma")) {
      knobs = knobs.withGamma(old.gamma());
    }
    if (knobs.eta() == null && known.contains("eta")) {
      knobs = knobs.withEta(old.eta());
    }
    return chosen.toBuilder().sampling(chosen.sampling().withKnobs(knobs)).build();
  }

  private List<String> knobs(Request chosen) {
    if (chosen.customSampler() != null) {
      return List.of();
    }
    String name = chosen.sampling().sampler();
    return Samplers.named(name == null ? settings.sampler() : name).parameters();
  }

  /**
   * Generates the batch of a request that {@link #request} or {@link #with} gave; its one picture.
   */
  public Picture generate(TextToImage model, Request request, Progress progress) {
    return model.generate(request, progress).get(settings.position().index());
  }

  /** The same of an animation. */
  public Animation animate(TextToImage model, Request request, Progress progress) {
    return model.animate(request, progress).get(settings.position().index());
  }

  /** Whether it is an animation. */
  public boolean moves() {
    return settings.adapters().motion() != null;
  }

  /** Reasons why the bytes may differ, one sentence each; empty where there are none. */
  public List<String> differences(GenerationSettings now) {
    List<String> found = new ArrayList<>();
    if (settings.position().shared()) {
      found.add(
          "the picture was computed in steps that it shared with other requests: its last bits may"
              + " differ");
    }
    compare(
        found, "the model's weights", settings.model().fingerprint(), now.model().fingerprint());
    compare(found, "the version of tcd4j", settings.version(), now.version());
    compare(found, "the version of libtorch", settings.machine().engine(), now.machine().engine());
    compare(found, "the device", settings.machine().device(), now.machine().device());
    for (int i = 0; i < Math.min(settings.loras().size(), now.loras().size()); i++) {
      ResolvedLora then = settings.loras().get(i);
      ResolvedLora today = now.loras().get(i);
      if (FileName.of(then.name()).equals(FileName.of(today.name()))) {
        compare(found, "the LoRA " + FileName.of(then.name()), then.sha256(), today.sha256());
      }
    }
    for (EmbeddingFile then : settings.prompt().embeddings()) {
      now.prompt().embeddings().stream()
          .filter(e -> FileName.of(e.file()).equals(FileName.of(then.file())))
          .forEach(
              e ->
                  compare(
                      found,
                      "the embedding " + FileName.of(then.file()),
                      then.sha256(),
                      e.sha256()));
    }
    compare(found, "picture", settings.input().image(), now.input().image());
    compare(found, "mask", settings.input().mask(), now.input().mask());
    AdapterDifferences.of(settings.adapters(), now.adapters())
        .forEach((what, hashes) -> compare(found, "the " + what, hashes.get(0), hashes.get(1)));
    return found;
  }

  private static void compare(
      List<String> found, String what, @Nullable InputFile then, @Nullable InputFile now) {
    if (then != null && now != null && FileName.of(then.file()).equals(FileName.of(now.file()))) {
      compare(found, "the " + what + " " + FileName.of(then.file()), then.sha256(), now.sha256());
    }
  }

  private static void compare(List<String> found, String what, String then, String now) {
    if (!then.equals(now)) {
      found.add(what + ": " + now + ", was " + then + "; the picture may differ");
    }
  }
}
