package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.options.EmbeddedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A LoRA that ships is better than none at 2 and at 4 evaluations, by a paired interval of 95 % of
 * the Fréchet distance that leaves out 0. For releases, as it generates thousands of pictures:
 *
 * <pre>  mvn -Prelease-tests -pl cli -am verify [-Dtcd4j.weights=DIR] </pre>
 *
 * <p>DIR has EfficientNet-Lite0, whose features no model is conditioned on; without it the distance
 * is in the pair's. {@code -Dtcd4j.claim=MODEL|LORA|CAPTIONS|REFERENCE|PICTURES} tests another
 * model instead.
 */
class ShippedLoraTest {
  private static final Path ROOT = Path.of("..");
  private static final EmbeddedModel SCENES = EmbeddedModel.SCENES;

  /** What the repository claims; the LoRAs in emoji/ ship without such a claim, see its README. */
  private static final List<Claim> CLAIMS =
      List.of(
          new Claim(
              SCENES.key(),
              "tcd",
              SCENES.data().captions(),
              SCENES.data().reference(),
              SCENES.data().pictures()));

  /**
   * @param model folder, from that of the repository
   * @param lora name of the model's own, or a file
   * @param captions and real pictures of another draw, as {@code evaluate} reads them
   */
  private record Claim(String model, String lora, String captions, String reference, int pictures) {
    static Claim of(String text) {
      String[] parts = text.split("\\|", -1);
      assertThat(parts).as("MODEL|LORA|CAPTIONS|REFERENCE|PICTURES").hasSize(5);
      return new Claim(parts[0], parts[1], parts[2], parts[3], Integer.parseInt(parts[4]));
    }
  }

  static Stream<Claim> claims() {
    String other = System.getProperty("tcd4j.claim", "");
    return other.isEmpty() ? CLAIMS.stream() : Stream.of(Claim.of(other));
  }

  @ParameterizedTest
  @MethodSource("claims")
  @EnabledIfSystemProperty(
      named = "tcd4j.release",
      matches = "true",
      disabledReason = "for releases: mvn -Prelease-tests")
  void isBetterThanNoneAtTwoAndFourEvaluations(Claim claim, @TempDir Path folder)
      throws IOException {
    Path model = ROOT.resolve(claim.model());
    assumeTrue(
        Files.isRegularFile(model.resolve("loras").resolve(claim.lora() + ".safetensors"))
            || !CLAIMS.contains(claim),
        "the repository ships no LoRA " + claim.lora() + " of " + claim.model() + " yet");
    Path pair = model.resolve("pair");
    String weights = System.getProperty("tcd4j.weights", "");
    Stream<Object> words =
        Stream.of(
            "evaluate",
            "-m",
            model,
            "--pair",
            Files.isDirectory(pair) ? pair : ROOT.resolve("emoji/pair"),
            "--sampler",
            "tcd",
            "--steps",
            "2,4",
            "--lora",
            "tcd=" + claim.lora(),
            "--captions",
            here(claim.captions()),
            "--reference",
            here(claim.reference()),
            "--pictures",
            claim.pictures(),
            "--measures",
            weights.isEmpty() ? "pair-distance" : "fd-efflite0",
            "-o",
            folder);
    Stream<Object> others =
        weights.isEmpty() ? Stream.of() : Stream.of("--weights", weights, "--allow-small");
    Tcd4j run = Tcd4j.run(Stream.concat(words, others).toArray());
    assertThat(run.exitCode()).as(run.err()).isZero();
    requireBetter(Files.readAllLines(folder.resolve("differences.csv")));
  }

  /** Shards and artwork of the repository from the folder of this module. */
  private static String here(String data) {
    if (data.startsWith("scenes")) {
      boolean named = data.contains("artwork=");
      return named ? data : data + ",artwork=" + ROOT.resolve("emoji/data/train");
    }
    return ROOT.resolve(data).toString();
  }

  /** The differences of distances, lower is better, with the ends of their intervals. */
  private static void requireBetter(List<String> csv) {
    List<String> head = Arrays.asList(csv.get(0).split(",", -1));
    String measure = head.contains("fd-efflite0_high") ? "fd-efflite0" : "fd";
    for (String evaluations : List.of("2", "4")) {
      List<String[]> rows =
          csv.stream()
              .map(line -> line.split(",", -1))
              .filter(r -> r[0].equals("TCD minus TCD lora none") && r[1].equals(evaluations))
              .filter(r -> r[2].equals(evaluations))
              .toList();
      assertThat(rows).as("rows of " + evaluations + " evaluations in " + csv).hasSize(1);
      double low = Double.parseDouble(rows.get(0)[head.indexOf(measure + "_low")]);
      double high = Double.parseDouble(rows.get(0)[head.indexOf(measure + "_high")]);
      assertThat(high)
          .as(
              "%s with the LoRA minus without one at %s evaluations is in [%s, %s]",
              measure, evaluations, low, high)
          .isLessThan(0);
    }
  }

  @Test
  void anIntervalThatHoldsZeroOrLiesAboveItIsNoProof() {
    String head = "difference,NFE,NFE of the other,fd,fd_low,fd_high";
    String two = "TCD minus TCD lora none,2,2,-3.1,-3.9,-2.2";
    requireBetter(List.of(head, two, "TCD minus TCD lora none,4,4,-0.9,-1.6,-0.1"));
    for (String bad : List.of("-0.9,-1.9,0.1", "0.9,0.1,1.6", "-0.9,-1.9,0")) {
      assertThatThrownBy(
              () -> requireBetter(List.of(head, two, "TCD minus TCD lora none,4,4," + bad)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("at 4 evaluations");
    }
    assertThatThrownBy(() -> requireBetter(List.of(head, two)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("rows of 4 evaluations");
  }
}
