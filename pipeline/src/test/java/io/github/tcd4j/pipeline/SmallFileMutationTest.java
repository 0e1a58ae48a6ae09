package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.TensorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged configurations, vocabularies and merges: each is read, and some then generate, or refused
 * in one sentence. {@code -Dtcd4j.mutants=N} says how many of each kind.
 */
class SmallFileMutationTest {
  private static final int MUTANTS = Integer.getInteger("tcd4j.mutants", 1000);

  /**
   * How far a reading goes: one in four builds the networks, one in sixteen generates a picture.
   */
  private static final int DEPTHS = 16;

  private static final List<String> CONFIGS =
      List.of(
          "unet/config.json",
          "scheduler/scheduler_config.json",
          "vae/config.json",
          "text_encoder/config.json",
          "model_index.json");

  @TempDir Path folder;

  private final Random random = new Random(13);
  private final TextMutant mutant = new TextMutant(random);
  private final Map<String, Integer> loaded = new TreeMap<>();
  private final Map<String, Integer> refused = new TreeMap<>();
  private final Set<String> faults = new TreeSet<>();

  /** What went wrong in another way than by a sentence, with the file that did it. */
  private final Map<String, String> neither = new TreeMap<>();

  /** Runs a reading; a refusal must be of a kind that is shown to the user as it stands. */
  private void attempt(String file, byte[] bytes, Runnable reading) {
    try {
      reading.run();
      loaded.merge(file, 1, Integer::sum);
    } catch (ModelException | ConfigException | WeightsException | TensorException e) {
      assertThat(e.getMessage()).as(file).isNotBlank().doesNotContain("Exception");
      refused.merge(file, 1, Integer::sum);
      faults.add(kind(e.getMessage()));
    } catch (RuntimeException | Error e) {
      if (e instanceof InvalidRequestException && e.getMessage().contains("use fewer steps")) {
        // Neither the file nor the number of steps is wrong by itself.
        refused.merge(file, 1, Integer::sum);
        return;
      }
      StackTraceElement[] trace = e.getStackTrace();
      String text = new String(bytes, StandardCharsets.UTF_8);
      String where = file + ": " + e + " at " + (trace.length == 0 ? "?" : trace[0]);
      neither.putIfAbsent(where, text.substring(0, Math.min(1500, text.length())));
    }
  }

  /** The first words of a fault, without names of files. */
  private static String kind(String message) {
    String words = message.replaceAll("\\S*/\\S*", "").replaceAll("[^a-zA-Z ]", "").strip();
    return String.join(" ", List.of(words.split(" +")).stream().limit(6).toList());
  }

  @Test
  void everyDamagedConfigurationLoadsOrIsRefusedInOneSentence() throws IOException {
    Path model = Tiny.copy(folder.resolve("model"));
    Request request = Request.builder("red apple").size(16, 16).steps(2).seed(1).build();
    Engine.threads(1);
    read(model, request, 0); // what is made once for all is made before the count
    long objects = Engine.settledObjects();
    for (int i = 0; i < MUTANTS; i++) {
      String name = CONFIGS.get(i % CONFIGS.size());
      Path file = model.resolve(name);
      byte[] original = Files.readAllBytes(file);
      byte[] bytes = mutant.json(original);
      Files.write(file, bytes);
      Request own = i % 2 == 0 ? request : request.toBuilder().sampler(sampler(i)).build();
      attempt(name, bytes, () -> read(model, own, random.nextInt(DEPTHS)));
      Files.write(file, original);
    }
    assertThat(neither).isEmpty();
    assertThat(Engine.settledObjects()).isEqualTo(objects);
    assertThat(loaded.keySet()).hasSameSizeAs(CONFIGS);
    assertThat(refused.keySet()).hasSameSizeAs(CONFIGS);
    assertThat(faults).hasSizeGreaterThan(20);
  }

  private static String sampler(int i) {
    List<String> names = List.of("ddim", "euler", "dpm++2m", "lcm", "heun", "euler-ancestral");
    return names.get(i / 2 % names.size());
  }

  private static void read(Path model, Request request, int depth) {
    ModelFolder opened = ModelFolder.open("model", model);
    ResolvedRequest.of(opened, request, Device.CPU);
    opened.components().stream().filter(p -> p.tokenizer() != null).forEach(opened::text);
    if (depth < 4) {
      try (TextToImage loaded = TextToImage.load(opened, Device.CPU)) {
        if (depth == 0) {
          assertThat(loaded.generate(request, Progress.SILENT)).hasSize(1);
        }
      }
    }
  }

  @Test
  void everyDamagedVocabularyLoadsOrIsRefusedInOneSentence() throws IOException {
    Path two = Files.createDirectories(folder.resolve("two"));
    Path whole = Files.createDirectories(folder.resolve("whole"));
    Path tokenizer = Tiny.path().resolve("tokenizer");
    for (String name : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
      Files.copy(tokenizer.resolve(name), two.resolve(name));
    }
    Files.copy(tokenizer.resolve("tokenizer.json"), whole.resolve("tokenizer.json"));
    List<Path> files =
        List.of(
            two.resolve("vocab.json"),
            two.resolve("merges.txt"),
            two.resolve("tokenizer_config.json"),
            whole.resolve("tokenizer.json"));
    for (int i = 0; i < MUTANTS; i++) {
      Path file = files.get(i % files.size());
      byte[] original = Files.readAllBytes(file);
      byte[] bytes = i % files.size() == 1 ? mutant.lines(original) : mutant.json(original);
      Files.write(file, bytes);
      attempt(
          String.valueOf(file.getFileName()),
          bytes,
          () -> {
            ClipTokenizer read = ClipTokenizer.load(file.resolveSibling(""));
            try (Scope scope = Scope.inference()) {
              long rows = read.encode(List.of("a red apple, 3d style!", "")).size(1);
              assertThat(rows).isEqualTo(read.maxLength());
            }
          });
      Files.write(file, original);
    }
    assertThat(neither).isEmpty();
    assertThat(loaded).hasSameSizeAs(files);
    assertThat(refused).hasSameSizeAs(files);
    assertThat(faults).hasSizeGreaterThan(8);
  }
}
