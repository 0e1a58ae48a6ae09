package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link GenerationSettings} in the text form that AUTOMATIC1111's web page and its kin put under
 * {@code parameters}: the prompt, a line with the negative prompt, and a line of {@code Key: value}
 * pairs.
 */
public final class A1111Parameters {
  private A1111Parameters() {}

  public static String of(GenerationSettings s) {
    StringBuilder text = new StringBuilder(s.prompt().text()).append('\n');
    String negative = s.prompt().negative();
    if (negative != null && !negative.isEmpty()) {
      text.append("Negative prompt: ").append(negative).append('\n');
    }
    List<String> pairs = new ArrayList<>();
    pair(pairs, "Steps", s.steps());
    sampler(pairs, s.sampler());
    pair(pairs, "CFG scale", number(s.guidance()));
    pair(pairs, "Seed", Seed.text(s.seed()));
    pair(pairs, "Size", s.width() + "x" + s.height());
    input(pairs, s.input());
    controls(pairs, s.adapters());
    pair(pairs, "Model hash", brief(s.model().fingerprint(), 10));
    pair(pairs, "Model", FileName.stem(s.model().name()));
    if (s.model().overrides().vae() != null) {
      pair(pairs, "VAE", FileName.of(s.model().overrides().vae().toString()));
    }
    if (s.prompt().clipSkip() != null) {
      pair(pairs, "Clip skip", s.prompt().clipSkip());
    }
    List<EmbeddingFile> embeddings = s.prompt().embeddings();
    if (!embeddings.isEmpty()) {
      pair(pairs, "TI hashes", join(embeddings.stream().map(A1111Parameters::hash).toList()));
    }
    SamplerSettings knobs = s.sampling().knobs();
    if (knobs.gamma() != null) {
      pair(pairs, "Gamma", numbers(knobs.gamma().values()));
    }
    if (knobs.eta() != null) {
      pair(pairs, "Eta", number(knobs.eta()));
    }
    if (knobs.timesteps() != null) {
      pair(pairs, "Timesteps", numbers(knobs.timesteps()));
    }
    if (!s.loras().isEmpty()) {
      pair(pairs, "Lora hashes", join(s.loras().stream().map(A1111Parameters::hash).toList()));
      pair(pairs, "Lora weights", join(s.loras().stream().map(A1111Parameters::weight).toList()));
    }
    pair(pairs, "RNG", "CPU");
    pair(pairs, "Version", "tcd4j " + s.version());
    return text.append(String.join(", ", pairs)).toString();
  }

  private static void input(List<String> pairs, InputSettings input) {
    if (!input.present()) {
      return;
    }
    Upscaling up = input.upscaling();
    if (up != null && up.noiseLevel() != null) {
      pair(pairs, "Noise level", up.noiseLevel());
    }
    if (input.strength() != null) {
      pair(pairs, "Denoising strength", number(input.strength()));
    }
    if (input.imageGuidance() != null) {
      pair(pairs, "Image CFG scale", number(input.imageGuidance()));
    }
    if (input.maskBlur() != null) {
      pair(pairs, "Mask blur", number(input.maskBlur()));
    }
  }

  /** As the ControlNet extension of that page writes them. */
  private static void controls(List<String> pairs, AdapterSettings adapters) {
    List<ControlSettings> controls = adapters.controls();
    for (int i = 0; i < controls.size(); i++) {
      ControlSettings c = controls.get(i);
      String module = c.hint().method();
      String model = FileName.stem(c.model().name()) + " [" + brief(c.model().sha256(), 8) + "]";
      pair(
          pairs,
          "ControlNet " + i,
          ("Module: " + module + ", Model: " + model + ", Weight: " + number(c.weight()))
              + (", Guidance Start: " + number(c.start()))
              + (", Guidance End: " + number(c.end())));
    }
  }

  private static void sampler(List<String> pairs, String name) {
    if (name.equals(SamplingSettings.CUSTOM)) {
      pair(pairs, "Sampler", "Custom");
      return;
    }
    SamplerDescriptor sampler = Samplers.named(name);
    pair(pairs, "Sampler", sampler.title());
    pair(pairs, "Schedule type", sampler.karras() ? "Karras" : "Automatic");
  }

  private static void pair(List<String> pairs, String key, Object value) {
    String text = value.toString();
    // As A1111 does: a value with a comma, a colon or a line break is quoted.
    boolean plain = text.indexOf(',') < 0 && text.indexOf(':') < 0 && text.indexOf('\n') < 0;
    String quoted = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    pairs.add(key + ": " + (plain ? text : '"' + quoted + '"'));
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String hash(ResolvedLora lora) {
    return FileName.stem(lora.name()) + ": " + brief(lora.sha256(), 12);
  }

  private static String hash(EmbeddingFile e) {
    return e.stem() + ": " + brief(e.sha256(), 12);
  }

  private static String weight(ResolvedLora lora) {
    return FileName.stem(lora.name()) + ": " + number(lora.weight());
  }

  private static String brief(String hash, int digits) {
    return hash.substring(0, Math.min(digits, hash.length()));
  }

  private static String numbers(List<Double> values) {
    return join(values.stream().map(A1111Parameters::number).toList());
  }

  private static String join(List<String> parts) {
    return String.join(", ", parts);
  }
}
