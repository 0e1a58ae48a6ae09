package io.github.tcd4j.evaluation.paper;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.experiment.EvaluationFiles;
import io.github.tcd4j.evaluation.experiment.EvaluationListener;
import io.github.tcd4j.evaluation.experiment.EvaluationRun;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.HtmlPage;
import io.github.tcd4j.evaluation.report.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The results of an experiment in the paper's own form, one row for a sampler and one column for a
 * figure at a number of steps, with its network evaluations and the paper's numbers: {@code
 * NAME.md}, {@code NAME.csv} with every interval, and {@code NAME.html}, one page with the plots
 * and pictures in it.
 *
 * @param experiment which one
 * @param results what was measured
 * @param about the model and how many pictures, one sentence
 */
public record PaperReport(PaperExperiment experiment, Results results, String about) {
  /** Writes the files next to the plots and the gallery of the {@link EvaluationRun}. */
  public Path write(Path folder) {
    EvaluationFiles files = new EvaluationFiles(folder, EvaluationListener.SILENT);
    files.write(experiment.key() + ".md", markdown());
    files.write(experiment.key() + ".csv", results.csv());
    files.write(experiment.key() + ".html", page(folder));
    return folder.resolve(experiment.key() + ".html");
  }

  /** For a terminal: the methods by the published measures, or else all figures. */
  public String summary() {
    MethodTable methods = new MethodTable(results);
    return methods.any() ? methods.table().markdown() : results.table().markdown();
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# " + experiment.title() + "\n\n" + about + "\n\n");
    MethodTable methods = new MethodTable(results);
    if (methods.any()) {
      text.append(methods.table().markdown()).append('\n');
      text.append(PaperNumbers.OTHER_PROTOCOL).append("\n\n");
    }
    text.append(table().markdown()).append('\n').append(results.legend()).append('\n');
    text.append(PaperNumbers.finding(experiment)).append('\n');
    TextTable paper = PaperNumbers.of(experiment);
    if (paper != null) {
      text.append('\n').append(paper.markdown()).append('\n');
      text.append(methods.any() ? PaperNumbers.OTHER_PROTOCOL : PaperNumbers.OTHER_DATA);
      text.append('\n');
    }
    return text.toString();
  }

  private String page(Path folder) {
    HtmlPage page = new HtmlPage(experiment.title()).paragraph(about);
    MethodTable methods = new MethodTable(results);
    if (methods.any()) {
      page.table(methods.table()).paragraph(PaperNumbers.OTHER_PROTOCOL);
    }
    page.table(table());
    for (Column c : results.columns()) {
      page.paragraph(c.title() + ": " + c.about() + ".");
      results.protocols(c).forEach(p -> page.paragraph("Protocol: " + p));
    }
    page.heading("The paper").paragraph(PaperNumbers.finding(experiment));
    TextTable paper = PaperNumbers.of(experiment);
    if (paper != null) {
      page.table(paper)
          .paragraph(methods.any() ? PaperNumbers.OTHER_PROTOCOL : PaperNumbers.OTHER_DATA);
    }
    page.heading("Plots");
    for (Column column : results.plottable()) {
      picture(page, folder.resolve(column.id() + ".png"), column.headline());
    }
    page.heading("Pictures");
    picture(page, folder.resolve("gallery.png"), "The same captions and seeds in every row.");
    return page.text();
  }

  /** A plot is missing where this Java cannot draw text, which the run has reported. */
  private static void picture(HtmlPage page, Path png, String caption) {
    if (!Files.exists(png)) {
      return;
    }
    try {
      page.picture(Files.readAllBytes(png), caption);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + png + ": " + e.getMessage(), e);
    }
  }

  /** The paper's form; the best figure of a column is bold. */
  TextTable table() {
    TreeSet<Integer> steps = new TreeSet<>();
    results.points().forEach(s -> steps.add(s.steps()));
    List<String> head = new ArrayList<>(List.of("", "NFE"));
    Map<String, List<String>> rows = new LinkedHashMap<>();
    results
        .measurements()
        .forEach(m -> rows.put(m.label(), new ArrayList<>(List.of(m.label(), nfe(m.label())))));
    for (Column column : results.columns()) {
      for (int step : steps) {
        head.add(column.heading() + (steps.size() > 1 ? " " + step : ""));
        Double best = best(column, step);
        rows.forEach((label, row) -> row.add(cell(figure(label, column, step), column, best)));
      }
    }
    return new TextTable(head, List.copyOf(rows.values()));
  }

  /** Network evaluations of a row at each number of steps: with guidance two per step. */
  private String nfe(String label) {
    return results.points().stream()
        .filter(s -> s.label().equals(label))
        .map(s -> Integer.toString(s.evaluations()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private @Nullable Double best(Column column, int step) {
    if (column.better() == Column.Better.NEITHER) {
      return null;
    }
    return results.measurements().stream()
        .filter(m -> m.point() != null)
        .map(m -> figure(m.label(), column, step))
        .filter(Objects::nonNull)
        .reduce((a, b) -> column.isBetter(a, b) ? a : b)
        .orElse(null);
  }

  /** Of real pictures the same at every number of steps. */
  private @Nullable Double figure(String label, Column column, int step) {
    for (Measurement m : results.measurements()) {
      boolean here = m.point() == null || m.point().steps() == step;
      Estimate e = m.figures().get(column);
      if (m.label().equals(label) && here && e != null) {
        return e.value();
      }
    }
    return null;
  }

  private static String cell(@Nullable Double value, Column column, @Nullable Double best) {
    if (value == null) {
      return "–";
    }
    String text = String.format(Locale.ROOT, "%." + column.digits() + "f", value);
    return value.equals(best) ? "**" + text + "**" : text;
  }
}
