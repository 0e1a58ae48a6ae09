package io.github.tcd4j.evaluation.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.Gamma;
import io.github.tcd4j.evaluation.dataset.EvaluationData;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.SamplerConfig;
import io.github.tcd4j.evaluation.measure.Measurement;
import io.github.tcd4j.evaluation.measure.PairedDifferences;
import io.github.tcd4j.evaluation.measure.Results;
import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Plot;
import io.github.tcd4j.evaluation.report.PlotAxis;
import io.github.tcd4j.evaluation.score.PictureScores;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.evaluation.score.Score;
import io.github.tcd4j.evaluation.score.output.PictureTables;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.LabelFonts;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The files of an evaluation's output folder, each written to a temporary name and renamed. */
public final class EvaluationFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final EvaluationListener listener;
  private final boolean fonts;

  public EvaluationFiles(Path folder, EvaluationListener listener) {
    this(folder, listener, LabelFonts.available());
  }

  /**
   * @param fonts whether text can be drawn
   */
  EvaluationFiles(Path folder, EvaluationListener listener, boolean fonts) {
    this.folder = folder;
    this.listener = listener;
    this.fonts = fonts;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new EvaluationException("cannot make folder " + folder + ": " + e.getMessage(), e);
    }
  }

  void tables(String name, Results results) {
    write(name + ".md", results.markdown());
    write(name + ".csv", results.csv());
  }

  void tables(String name, PairedDifferences differences) {
    write(name + ".md", differences.markdown());
    write(name + ".csv", differences.table().csv());
  }

  /** All images of one row; {@code name} becomes that of the file. */
  void sheet(String name, Image image) {
    Path sheets = folder.resolve("sheets");
    try {
      Files.createDirectories(sheets);
    } catch (IOException e) {
      throw new EvaluationException("cannot make folder " + sheets + ": " + e.getMessage(), e);
    }
    PngWriter.write(sheets.resolve(name + ".png"), image, Map.of());
  }

  /** What was compared on what; the captions are stored with the images. */
  void settings(
      EvaluationSettings settings,
      Prompts chosen,
      Prompts aligned,
      List<String> candidates,
      String captionSource) {
    EvaluationData material = settings.material();
    ObjectNode json = JSON.createObjectNode();
    if (!settings.measures().pair().isEmpty()) {
      json.put("pair", settings.pair().toString());
    }
    if (material.reference() != null) {
      json.put("reference", material.reference().toString());
    }
    json.put("captions", material.captions().toString());
    if (!captionSource.isEmpty()) {
      json.put("captions_source", captionSource);
    }
    measures(settings.measures(), json);
    json.put("painted_" + chosen.name(), chosen.size());
    json.put("captions_to_find", aligned.size());
    json.put("candidates", candidates.size());
    json.put("seed", settings.seed()).put("batch", settings.batch());
    json.put("resamples", settings.resampling().means());
    json.put("moment_resamples", settings.resampling().moments());
    json.set("steps", JSON.valueToTree(settings.steps()));
    ArrayNode samplers = json.putArray("samplers");
    settings.samplers().forEach(c -> samplers.add(sampler(c)));
    try {
      write("settings.json", JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  private static void measures(MeasureSelection measures, ObjectNode json) {
    ArrayNode names = json.putArray("measures");
    measures.pair().stream().map(PairMeasure::id).sorted().forEach(names::add);
    MeasureSelection.Published published = measures.published();
    if (published == null) {
      return;
    }
    published.measures().forEach(m -> names.add(m.name()));
    json.put("weights", published.weights().toString());
    ReferenceSource reference = published.reference();
    if (reference != null) {
      json.put("measures_reference", reference.label());
      json.put("reference_preparation", reference.prep().id());
    }
  }

  /** {@code results.json}: every figure with its protocol, on its own scale. */
  void scores(Results results) {
    ArrayNode all = JSON.createArrayNode();
    for (Measurement m : results.measurements()) {
      for (Column column : results.columns()) {
        Score score = m.scores().get(column);
        Estimate estimate = score == null ? m.figures().get(column) : score.estimate();
        if (estimate == null) {
          continue;
        }
        ObjectNode node = all.addObject().put("method", m.label());
        EvaluationPoint point = m.point();
        if (point != null) {
          node.put("steps", point.steps()).put("nfe", point.evaluations());
          node.put("settings", point.key());
        }
        node.put("measure", column.id()).put("value", estimate.value());
        node.put("low", estimate.low()).put("high", estimate.high());
        if (score != null) {
          node.put("count", score.count()).put("protocol", score.protocol());
        }
      }
    }
    try {
      write("results.json", JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  /** {@code scores/NAME.csv}: a row a picture. */
  void scores(String name, PictureScores found) {
    Path scores = folder.resolve("scores");
    try {
      Files.createDirectories(scores);
    } catch (IOException e) {
      throw new EvaluationException("cannot make folder " + scores + ": " + e.getMessage(), e);
    }
    AtomicFile.write(scores.resolve(name + ".csv"), PictureTables.pictures(found));
  }

  private static ObjectNode sampler(SamplerConfig c) {
    ObjectNode json = JSON.createObjectNode();
    json.put("label", c.label()).put("sampler", c.sampler());
    json.set("guidances", JSON.valueToTree(c.guidances()));
    if (c.gamma() instanceof Gamma.Constant constant) {
      json.put("gamma", constant.value());
    } else if (c.gamma() != null) {
      json.set("gamma", JSON.valueToTree(c.gamma().values()));
    }
    if (c.spacing() != null) {
      json.put("spacing", c.spacing());
    }
    ArrayNode loras = json.putArray("loras");
    c.loras().forEach(lora -> loras.add(lora.name() + ":" + lora.weight()));
    return json;
  }

  /** A plot for each figure; a note instead where text cannot be drawn or a plot would be full. */
  void plots(Results results, PlotAxis axis) {
    if (!fonts) {
      listener.note("no plots and no gallery: " + LabelFonts.MISSING);
      return;
    }
    for (Column column : results.plottable()) {
      int lines = results.lines(column, axis).size();
      if (lines > Plot.MOST) {
        listener.note(
            ("no plot of " + column.title() + ": it would have " + lines + " lines, and at most ")
                + (Plot.MOST + " fit"));
        continue;
      }
      Plot plot = results.plot(column, axis);
      PngWriter.write(folder.resolve(column.id() + ".png"), image(plot), Map.of());
    }
  }

  /** Where text can be drawn. */
  void gallery(Supplier<Image> image) {
    if (fonts) {
      PngWriter.write(folder.resolve("gallery.png"), image.get(), Map.of());
    }
  }

  private static Image image(Plot plot) {
    BufferedImage drawn = plot.draw();
    int width = drawn.getWidth();
    int[] samples = drawn.getRaster().getPixels(0, 0, width, drawn.getHeight(), (int[]) null);
    byte[] rgb = new byte[samples.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) samples[i];
    }
    return new Image(width, drawn.getHeight(), rgb);
  }

  public void write(String name, String text) {
    AtomicFile.write(folder.resolve(name), text);
  }
}
