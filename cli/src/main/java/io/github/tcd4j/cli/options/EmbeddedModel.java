package io.github.tcd4j.cli.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A model that comes with the program, and what suits it where the user says nothing else. */
public enum EmbeddedModel {
  /** Single emoji of 64x64 pixels. Its prompts: four that it was trained on, and two new ones. */
  EMOJI(
      new Data("emoji/data/validation", "emoji/data/train", 1000, "scenes"),
      new Guidance(1.5, 3, 1),
      List.of(
          "red apple, fluent 3d style",
          "cat face, noto style",
          "rocket, twemoji style",
          "octopus, fluent 3d style",
          "hot pepper, blob style",
          "giraffe, twemoji style")),

  /** Two or three things in 32x32 pixels. Its prompts: pairs that no training picture showed. */
  SCENES(
      new Data(
          EmbeddedModel.WORLD + ",pairs=held_out,draw=2,count=2000",
          EmbeddedModel.WORLD + ",pairs=held_out,draw=1,count=2000",
          2000,
          EmbeddedModel.WORLD),
      new Guidance(2, 2, 2),
      List.of(
          "ghost and telephone",
          "gem stone and butterfly",
          "crescent moon and deer",
          "Christmas tree and trumpet",
          "mushroom and crescent moon",
          "Christmas tree, blue book and hibiscus"));

  private static final String WORLD = "scenes:size=32,concepts=24";

  /**
   * @param captions to generate for an evaluation
   * @param reference real pictures to compare with
   * @param pictures so many of them
   * @param world scenes to ask the gate with
   */
  public record Data(String captions, String reference, int pictures, String world) {}

  /**
   * Of the teacher.
   *
   * @param demo in the demo
   * @param experiment of the solvers in the paper's tables
   * @param best that of the best pictures in many steps
   */
  public record Guidance(double demo, double experiment, double best) {}

  private final Data data;
  private final Guidance guidance;
  private final List<String> prompts;

  EmbeddedModel(Data data, Guidance guidance, List<String> prompts) {
    this.data = data;
    this.guidance = guidance;
    this.prompts = prompts;
  }

  /** The one that {@code -m} names; null for a path. */
  public static @Nullable EmbeddedModel named(String model) {
    return Arrays.stream(values()).filter(m -> m.key().equals(model)).findFirst().orElse(null);
  }

  /** The same, and for a path the usual one, whose data any model can be measured on. */
  public static EmbeddedModel suiting(String model) {
    EmbeddedModel own = named(model);
    return own == null ? EMOJI : own;
  }

  /** Its name for {@code -m}, and its folder in that of the installation. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Folder of the text-image pair in whose features it is measured, in the installation's. */
  public String pair() {
    return EMOJI.key() + "/pair";
  }

  public Data data() {
    return data;
  }

  public Guidance guidance() {
    return guidance;
  }

  /** Rows of the demo. */
  public List<String> prompts() {
    return prompts;
  }
}
