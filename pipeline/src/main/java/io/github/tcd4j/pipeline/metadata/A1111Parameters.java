package io.github.tcd4j.pipeline.metadata;

import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
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
    StringBuilder text = new StringBuilder(s.prompt()).append('\n');
    String negative = s.negative();
    if (negative != null && !negative.isEmpty()) {
      text.append("Negative prompt: ").append(negative).append('\n');
    }
    List<String> pairs = new ArrayList<>();
    pair(pairs, "Steps", s.steps());
    SamplerDescriptor sampler = Samplers.named(s.sampler());
    pair(pairs, "Sampler", sampler.title());
    pair(pairs, "Schedule type", sampler.karras() ? "Karras" : "Automatic");
    pair(pairs, "CFG scale", number(s.guidance()));
    pair(pairs, "Seed", Seed.text(s.seed()));
    pair(pairs, "Size", s.width() + "x" + s.height());
    pair(pairs, "Model hash", s.fingerprint().substring(0, Math.min(10, s.fingerprint().length())));
    pair(pairs, "Model", FileName.stem(s.model()));
    if (s.others().vae() != null) {
      pair(pairs, "VAE", FileName.of(s.others().vae().toString()));
    }
    if (s.reading().clipSkip() != null) {
      pair(pairs, "Clip skip", s.reading().clipSkip());
    }
    List<EmbeddingFile> embeddings = s.reading().embeddings();
    if (!embeddings.isEmpty()) {
      pair(pairs, "TI hashes", join(embeddings.stream().map(A1111Parameters::hash).toList()));
    }
    if (s.gamma() != null) {
      pair(pairs, "Gamma", number(s.gamma()));
    }
    if (s.gammas() != null) {
      pair(pairs, "Gamma", join(s.gammas().stream().map(A1111Parameters::number).toList()));
    }
    if (s.eta() != null) {
      pair(pairs, "Eta", number(s.eta()));
    }
    if (s.timesteps() != null) {
      pair(pairs, "Timesteps", join(s.timesteps().stream().map(A1111Parameters::number).toList()));
    }
    if (!s.loras().isEmpty()) {
      pair(pairs, "Lora hashes", join(s.loras().stream().map(A1111Parameters::hash).toList()));
      pair(pairs, "Lora weights", join(s.loras().stream().map(A1111Parameters::weight).toList()));
    }
    pair(pairs, "RNG", "CPU");
    pair(pairs, "Version", "tcd4j " + s.version());
    return text.append(String.join(", ", pairs)).toString();
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
    return FileName.stem(lora.name())
        + ": "
        + lora.sha256().substring(0, Math.min(12, lora.sha256().length()));
  }

  private static String hash(EmbeddingFile e) {
    return e.stem() + ": " + e.sha256().substring(0, Math.min(12, e.sha256().length()));
  }

  private static String weight(ResolvedLora lora) {
    return FileName.stem(lora.name()) + ": " + number(lora.weight());
  }

  private static String join(List<String> parts) {
    return String.join(", ", parts);
  }
}
