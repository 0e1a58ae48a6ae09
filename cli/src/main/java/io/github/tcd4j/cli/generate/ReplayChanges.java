package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.console.SettingsLine;
import io.github.tcd4j.cli.options.GuidanceConverter;
import io.github.tcd4j.cli.options.ImageSizeConverter;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.cli.options.SamplingOptions;
import io.github.tcd4j.cli.options.SeedConverter;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.lora.PromptLoras;
import io.github.tcd4j.pipeline.metadata.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a replay changes: single values, and lists that span a contact sheet. */
final class ReplayChanges {
  @Option(
      names = "--gamma",
      paramLabel = "LIST",
      split = ",",
      description = "Share of fresh noise in a TCD step, 0 to 1.")
  @Nullable List<Double> gammas;

  @Option(names = "--steps", paramLabel = "LIST", split = ",", description = "Numbers of steps.")
  @Nullable List<Integer> steps;

  @Option(
      names = "--guidance",
      paramLabel = "LIST",
      split = ",",
      converter = GuidanceConverter.class,
      description = "Scale of classifier-free guidance, or off.")
  @Nullable List<Double> guidances;

  @Option(
      names = "--strength",
      paramLabel = "LIST",
      split = ",",
      description = "How much of the picture that it was made from is generated anew.")
  @Nullable List<Double> strengths;

  @Option(
      names = "--noise-level",
      paramLabel = "LIST",
      split = ",",
      description = "Noise that an upscaler reads its picture with.")
  @Nullable List<Integer> noiseLevels;

  @Option(
      names = "--seed",
      paramLabel = "LIST",
      split = ",",
      converter = SeedConverter.class,
      description = "Seeds.")
  @Nullable List<Long> seeds;

  @Option(
      names = "--sampler",
      paramLabel = "LIST",
      split = ",",
      completionCandidates = SamplingOptions.Names.class,
      description = "Of ${COMPLETION-CANDIDATES}.")
  @Nullable List<String> samplers;

  @Option(names = "--prompt", paramLabel = "TEXT", description = "Another prompt.")
  @Nullable String prompt;

  @Option(
      names = {"-n", "--negative"},
      paramLabel = "TEXT",
      description = "Another negative prompt.")
  @Nullable String negative;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = ImageSizeConverter.Converter.class,
      description = "Another size in pixels.")
  @Nullable ImageSizeConverter size;

  /** Whether anything is to change. */
  boolean any() {
    return gammas != null
        || steps != null
        || guidances != null
        || strengths != null
        || noiseLevels != null
        || seeds != null
        || samplers != null
        || prompt != null
        || negative != null
        || size != null;
  }

  /** The single values. */
  Request.Builder apply(Request.Builder request, ModelFolder folder, ModelOptions model) {
    if (prompt != null) {
      Request before = request.build();
      PromptLoras tagged = PromptLoras.read(prompt, before.prompt().syntax());
      request.prompt(tagged.text());
      List<LoraSpec> loras = before.loras();
      if (model.loras == null && loras != null) {
        // A LoRA that the picture had is had with the weight that the new prompt says.
        loras = tagged.others(loras);
      }
      request.loras(tagged.choices(loras, folder, new NamedLoras(folder, model.loraFolder)));
    }
    if (negative != null) {
      request.negative(PromptLoras.negative(negative, request.build().prompt().syntax()));
    }
    if (size != null) {
      request.size(size.width(), size.height());
    }
    all().stream().filter(axis -> axis.size() == 1).forEach(axis -> axis.change(0).apply(request));
    return request;
  }

  /** The lists, at most two. */
  List<SheetAxis> axes() {
    List<SheetAxis> lists = all().stream().filter(axis -> axis.size() > 1).toList();
    if (lists.size() > 2) {
      throw new InvalidRequestException(
          "a sheet has two sides, so two options may be lists but "
              + lists.stream().map(SheetAxis::name).toList()
              + " are");
    }
    return lists;
  }

  private List<SheetAxis> all() {
    List<SheetAxis> all = new ArrayList<>();
    add(all, "sampler", samplers, Function.identity(), Request.Builder::sampler);
    add(all, "steps", steps, n -> n + (n == 1 ? " step" : " steps"), Request.Builder::steps);
    add(all, "gamma", gammas, g -> "gamma " + SettingsLine.number(g), (r, g) -> r.gamma(g));
    add(all, "guidance", guidances, ReplayChanges::guidance, Request.Builder::guidance);
    add(
        all,
        "strength",
        strengths,
        x -> "strength " + SettingsLine.number(x),
        Request.Builder::strength);
    add(all, "noise level", noiseLevels, n -> "noise level " + n, ReplayChanges::noiseLevel);
    add(all, "seed", seeds, s -> "seed " + Seed.text(s), (r, s) -> r.seed(s));
    return all;
  }

  private static Request.Builder noiseLevel(Request.Builder request, int level) {
    Upscaling up = request.build().input().upscaling();
    if (up == null) {
      throw new InvalidRequestException(
          "a noise level has an effect only where an upscaler made the picture");
    }
    return request.upscaling(up.withNoiseLevel(level));
  }

  private static String guidance(double g) {
    return "guidance " + (g > 1 ? SettingsLine.number(g) : "off");
  }

  private static <T> void add(
      List<SheetAxis> axes,
      String name,
      @Nullable List<T> values,
      Function<T, String> label,
      BiFunction<Request.Builder, T, Request.Builder> set) {
    if (values != null) {
      axes.add(
          new SheetAxis(
              name,
              values.stream()
                  .map(v -> new SheetAxis.Change(label.apply(v), r -> set.apply(r, v)))
                  .toList()));
    }
  }
}
