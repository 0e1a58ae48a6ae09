package io.github.tcd4j.evaluation.paper;

import io.github.tcd4j.evaluation.report.TextTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the paper reports (Zheng et al. 2024, tables 1 and 2), to compare with our figures. */
final class PaperNumbers {
  /** Why they can be compared only so far. */
  static final String OTHER_PROTOCOL =
      "The paper's: SDXL at 1024 pixels, 5,000 captions of COCO 2017, ImageReward times 100. It does"
          + " not say which captions, which seeds, which FID and how the real pictures were prepared:"
          + " compare the order of the methods, not the level of FID.";

  /** The same of the figures of the model's own text-image pair. */
  static final String OTHER_DATA =
      "Another data set, another model and other figures: SDXL at 1024 pixels, 5,000 captions of COCO"
          + " 2017, FID of Inception features, ImageReward times 100. Compare the order of the"
          + " samplers and how it changes, not the numbers.";

  private static final String[] STEPS = {"2", "4", "8", "20"};
  private static final String[] METRICS = {"FID ↓", "IC score ↑", "ImageReward ↑", "PickScore ↑"};

  private static final String EULER =
      "Euler 104.73 44.31 18.20 14.72 .4251 .3639 .4151 .4489 -227.77 -189.41 12.59 65.05"
          + " 16.75 18.71 21.32 22.21";
  private static final String DDIM =
      "DDIM 105.98 44.86 17.62 13.60 .4456 .3633 .4148 .4481 -227.75 -189.96 13.45 66.14"
          + " 16.74 18.68 21.31 22.16";
  private static final String DPM =
      "DPM++(2S) 46.08 18.50 12.49 12.15 .2876 .4496 .4788 .4679 -169.21 -1.27 67.58 75.80"
          + " 19.05 20.68 21.90 22.33";
  private static final String LCM =
      "LCM 16.15 15.03 16.93 18.13 .4300 .4364 .4260 .4057 18.78 52.72 55.16 49.32"
          + " 21.49 22.20 22.32 22.25";
  private static final String TCD =
      "TCD 14.66 12.68 13.64 13.56 .4701 .5095 .5336 .5563 34.58 68.49 73.09 74.96"
          + " 21.51 22.31 22.50 22.36";

  private static final String TCF1 = "TCF(1) 12.68 .5095 68.49 22.31";
  private static final String TCF2 = "TCF(2) 13.35 .5037 58.13 22.07";
  private static final String TCFS = "TCF(S+) 13.03 .4176 57.96 22.01";

  private static final List<String> IDS = List.of("fid", "complexity", "imagereward", "pickscore");

  /** The paper's rows of table 1 under our labels. */
  private static final Map<String, String> ROWS =
      Map.of("Euler", EULER, "DDIM", DDIM, "DPM++ 2S", DPM, "LCM", LCM, "TCD", TCD);

  private static final Map<String, String> FUNCTIONS =
      Map.of(
          "TCF(1)", TCF1,
          "TCF(2)", TCF2,
          "TCF(S+)", TCFS);

  /**
   * The paper's figure, ImageReward times 100.
   *
   * @param label of our row
   * @param measure name in the registry of measures
   * @return as the paper prints it; null where it has none
   */
  static @Nullable String of(String label, int steps, String measure) {
    int column = IDS.indexOf(measure);
    if (column < 0) {
      return null;
    }
    String functions = FUNCTIONS.get(label);
    if (functions != null) {
      return steps == 4 ? row(functions).get(1 + column) : null;
    }
    int step = Arrays.asList(STEPS).indexOf(Integer.toString(steps));
    String row = ROWS.get(label);
    return row == null || step < 0 ? null : row(row).get(1 + column * STEPS.length + step);
  }

  private PaperNumbers() {}

  /** The paper's table that an experiment makes again; null where it gives no numbers. */
  static @Nullable TextTable of(PaperExperiment experiment) {
    return switch (experiment) {
      case TABLE1 -> byEvaluations(EULER, DDIM, DPM, LCM, TCD);
      case FIGURE1 -> byEvaluations(DPM, LCM, TCD);
      case TABLE2 ->
          new TextTable(head(new String[] {""}), List.of(row(TCF1), row(TCF2), row(TCFS)));
      case GAMMA -> null;
    };
  }

  /** The paper's finding, in one sentence. */
  static String finding(PaperExperiment experiment) {
    return switch (experiment) {
      case TABLE1 ->
          "The paper: TCD at gamma 0.2 leads at 2 and 4 evaluations and stays as good with more,"
              + " while LCM gets worse from 4 to 20; DPM++ 2S has the best FID from 8 on.";
      case TABLE2 ->
          "The paper: TCF(2) lies slightly behind TCF(1); TCF(S+) does too, and needs 43,000"
              + " iterations instead of 3,000.";
      case GAMMA ->
          "The paper: FID is worst at gamma 0, where the errors of every jump stay; fresh noise"
              + " reduces them.";
      case FIGURE1 ->
          "The paper: with more evaluations TCD keeps its quality and gains detail, LCM loses both.";
    };
  }

  private static TextTable byEvaluations(String... rows) {
    return new TextTable(head(STEPS), Arrays.stream(rows).map(PaperNumbers::row).toList());
  }

  private static List<String> head(String[] steps) {
    List<String> head = new ArrayList<>(List.of("the paper's"));
    for (String metric : METRICS) {
      for (String step : steps) {
        head.add((metric + " " + step).strip());
      }
    }
    return head;
  }

  private static List<String> row(String words) {
    return List.of(words.split(" "));
  }
}
