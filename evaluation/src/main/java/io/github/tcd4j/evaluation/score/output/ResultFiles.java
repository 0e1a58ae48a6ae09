package io.github.tcd4j.evaluation.score.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Histogram;
import io.github.tcd4j.evaluation.report.HtmlPage;
import io.github.tcd4j.evaluation.score.PictureResults;
import io.github.tcd4j.evaluation.score.PictureScores;
import io.github.tcd4j.evaluation.score.Score;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.LabelFonts;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files of an evaluation of pictures: {@code results.json}, {@code results.csv}, {@code
 * results.md}, {@code pictures.csv} (of the second folder {@code pictures-2.csv}), {@code
 * differences.json} where two folders were compared, a plot and a sheet of the best and worst
 * pictures for each figure that single pictures have, and {@code index.html} with all of it.
 */
public final class ResultFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final boolean fonts = LabelFonts.available();

  public ResultFiles(Path folder) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new EvaluationException("cannot make folder " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Writes all of them. */
  public void write(PictureResults results) {
    ArrayNode figures = JSON.createArrayNode();
    results.first().scores().forEach(s -> figures.add(json(s, s.estimate())));
    json("results.json", figures);
    if (!results.differences().isEmpty()) {
      ArrayNode other = JSON.createArrayNode();
      results.folders().get(1).scores().forEach(s -> other.add(json(s, s.estimate())));
      json("results-2.json", other);
      ArrayNode differences = JSON.createArrayNode();
      results
          .differences()
          .forEach(d -> differences.add(json(d.first(), d.estimate()).put("paired", d.paired())));
      json("differences.json", differences);
      text("pictures-2.csv", PictureTables.pictures(results.folders().get(1)));
    }
    text("results.csv", PictureTables.figures(results));
    text("results.md", PictureTables.markdown(results));
    text("pictures.csv", PictureTables.pictures(results.first()));
    text("index.html", page(results));
  }

  private static ObjectNode json(Score score, Estimate estimate) {
    ObjectNode node = JSON.createObjectNode();
    node.put("measure", score.column().id());
    node.put("value", estimate.value());
    node.put("low", estimate.low());
    node.put("high", estimate.high());
    node.put("count", score.count());
    node.put("protocol", score.protocol());
    return node;
  }

  private String page(PictureResults results) {
    HtmlPage page = new HtmlPage("Measures of " + results.first().label());
    page.table(PictureTables.table(results));
    results.notes().forEach(note -> page.paragraph("Note: " + note + "."));
    for (int i = 0; i < results.first().scores().size(); i++) {
      Score score = results.first().scores().get(i);
      page.heading(score.column().title());
      page.paragraph(score.column().about() + ".");
      page.paragraph("Protocol: " + score.protocol());
      if (fonts) {
        pictures(page, results, i);
      }
    }
    if (!fonts) {
      page.paragraph("No plots: " + LabelFonts.MISSING);
    }
    return page.text();
  }

  private void pictures(HtmlPage page, PictureResults results, int index) {
    Map<String, double[]> sets = new LinkedHashMap<>();
    for (PictureScores f : results.folders()) {
      Score score = f.scores().get(index);
      double[] values = score.pictures();
      if (values == null) {
        return;
      }
      double[] shown = values.clone();
      for (int i = 0; i < shown.length; i++) {
        shown[i] *= score.factor();
      }
      sets.put(f.label(), shown);
    }
    Score score = results.first().scores().get(index);
    String id = score.column().id();
    png(
        page,
        id + ".png",
        image(new Histogram(score.column(), sets).draw()),
        "How often " + score.column().title() + " has each value.");
    Image sheet = ExtremePictures.sheet(results.first(), score);
    if (sheet != null) {
      png(page, id + "-pictures.png", sheet, "The pictures at both ends, with their values.");
    }
  }

  private void png(HtmlPage page, String name, Image image, String caption) {
    Path file = folder.resolve(name);
    PngWriter.write(file, image, Map.of());
    try {
      page.picture(Files.readAllBytes(file), caption);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Image image(BufferedImage drawn) {
    int width = drawn.getWidth();
    int[] samples = drawn.getRaster().getPixels(0, 0, width, drawn.getHeight(), (int[]) null);
    byte[] rgb = new byte[samples.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) samples[i];
    }
    return new Image(width, drawn.getHeight(), rgb);
  }

  private void json(String name, ArrayNode node) {
    try {
      text(name, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  private void text(String name, String text) {
    AtomicFile.write(folder.resolve(name), text);
  }
}
