package io.github.tcd4j.pipeline;

import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;

/** The largest differences to diffusers, by what was compared and model, as a page of Markdown. */
final class FidelityTable {
  private static final String LEVELS = ", levels of 255";

  private final Map<String, Map<String, Double>> networks = new TreeMap<>();
  private final Map<String, Map<String, Double>> runs = new TreeMap<>();
  private final Map<String, Map<String, Double>> loras = new TreeMap<>();
  private final Map<String, Map<String, Double>> inputs = new TreeMap<>();
  private final Map<String, Map<String, Double>> adapters = new TreeMap<>();
  private final Map<String, Map<String, Double>> animations = new TreeMap<>();
  private final Map<String, Map<String, Double>> upscaled = new TreeMap<>();
  private final Set<String> models = new TreeSet<>();
  private int comparisons;

  /** Keeps the greatest difference, relative to the scale of what diffusers made. */
  void add(String model, String what, double difference) {
    boolean part = Character.isUpperCase(what.charAt(0)) || what.equals("text");
    put(part ? networks : runs, model, what, difference);
  }

  void addLora(String model, String style, double difference) {
    put(loras, model, style, difference);
  }

  void addInput(String model, String what, double difference) {
    put(inputs, model, what, difference);
  }

  void addAdapter(String model, String what, double difference) {
    put(adapters, model, what, difference);
  }

  void addAnimation(String model, String what, double difference) {
    put(animations, model, what, difference);
  }

  void addUpscaled(String model, String what, double difference) {
    put(upscaled, model, what, difference);
  }

  void addLevels(String model, String what, int levels) {
    put(networks, model, what + LEVELS, levels);
  }

  private void put(Map<String, Map<String, Double>> rows, String model, String what, double value) {
    comparisons++;
    models.add(model);
    rows.computeIfAbsent(what, w -> new TreeMap<>()).merge(model, value, Math::max);
  }

  /** Writes the page to the file that the system property {@code tcd4j.fidelity} names. */
  void writeWhereRequested() throws IOException {
    String file = System.getProperty("tcd4j.fidelity");
    if (file != null && !file.isEmpty()) {
      Files.writeString(Path.of(file), page());
    }
  }

  private String page() {
    boolean onCpu = FidelityCases.DEVICE.equals(Device.CPU);
    return String.join(
        "\n",
        "# Fidelity",
        "",
        "Largest differences to diffusers (version in `oracle/requirements.txt`), float32 on "
            + (onCpu ? "a CPU," : FidelityCases.DEVICE + ","),
        "relative to the largest value of what diffusers made. Tiny random pipelines of every model",
        "class; random weights leave no part idle. " + comparisons + " comparisons. Made by",
        "",
        "    "
            + (onCpu ? "" : "NVIDIA_TF32_OVERRIDE=0 ")
            + "mvn -pl pipeline -am test -Dtest=FidelityTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false "
            + (onCpu ? "" : "-Pcuda -Dtcd4j.device=" + FidelityCases.DEVICE + " ")
            + "-Dtcd4j.fidelity=$PWD/docs/fidelity.md",
        "",
        "from the fixtures of `oracle/make_fidelity_fixtures.py`. The test fails above 1e-4, and where",
        "more than one value of a picture in a thousand is off by more than a level.",
        "",
        "## Networks and pictures",
        "",
        table(networks),
        "## Final latents",
        "",
        "Size (three of four not square), number of pictures and seed change from run to run; each",
        "run's pictures are compared too. Guided rows of lcm, which embeds its guidance, run one pass.",
        "Networks of random weights can be chaotic: where rounding the steps otherwise moves diffusers'",
        "own latents by more than 3e-5, the run has another seed, and the guidance is 5, but 3 with",
        "sd2-v and 2 with sd2-zero-snr: beyond, rounding alone moves their latents by over 1e-4.",
        "Empty: not compared; sd2-zero-snr has the samplers that can start without signal. `tcd-2s`,",
        "`tcd-2m`, `ctm` and `cm` have no peer in diffusers: its TCDScheduler takes steps of order 1",
        "alone, it has no scheduler of CTM, and its LCMScheduler ends at x0 where `cm` ends at index 0;",
        "closed forms and golden numbers test them in `diffusion`.",
        "",
        table(runs),
        "## LoRA styles",
        "",
        "Final latents of 3 steps (sd2-zero-snr: 5) with the LoRA at weights 1 and -0.75, of two at once",
        "with one at each. Sampler, guidance, size, number of pictures and seed change from one case to",
        "the next; every class meets all the samplers of the table above with some LoRA. LoRAs act in",
        "U-Net and text encoders (peft-raw, whose files know one network, and peft's DoRA, of which",
        "transformers 5 drops a text encoder's magnitudes, in the U-Net alone). diffusers loads `peft` and",
        "its own old style itself; for the others, which its loader changes, drops or refuses, it carries",
        "the weights of the format's definition (`oracle/make_lora_fidelity_fixtures.py`).",
        "",
        table(loras),
        "## From a picture",
        "",
        "Final latents with a picture (`image`, img2img), a picture and a mask (`mask`, inpainting:",
        "4 channels blended at each step; inpaint and inpaint-xl 9 channels) and of InstructPix2Pix",
        "(`edit`, 8 channels, two guidances where guided). Picture and mask have other sizes than the",
        "result; strength is one of 0.35, 0.5, 0.8, 0.99 and 1, steps are 4 to 6, and both change from",
        "run to run, as size, seed, gamma and guidance do (`oracle/make_input_fixtures.py`). In diffusers",
        "every picture is made alone, as its own seed makes it. The whole product of kinds of pictures in,",
        "samplers and guidance, as commands: [fidelity-adapters.md](fidelity-adapters.md).",
        "",
        table(inputs),
        "## With ControlNets",
        "",
        "Final latents of text (`text`), of img2img (`image`) and of inpainting (`mask`) with one",
        "ControlNet, in a third of the runs with two, one of which reads blue first. Weights are 0.5 to",
        "1.4, shares of the steps 0 to 1, 0.25 to 0.75, 0 to 0.5, 0.3 to 1 and 0.1 to 0.9; the hint is",
        "resized; guess mode in the rows that say so; of T2I-Adapters the full, the light (grey hint) and SDXL's; of the ControlNet-union (`union`) one",
        "hint, and in two of three runs two of other kinds, weights and shares",
        "(`oracle/make_adapter_fixtures.py`).",
        "",
        table(without(adapters, "IP-Adapter")),
        "## With IP-Adapters",
        "",
        "Final latents with pictures as prompt: one or two pictures, a scale of 0.3 to 1, masks (one for",
        "each picture), two IP-Adapters at once, next to a ControlNet, and in a third of the runs with a",
        "picture to start from; samplers change from run to run. The encoder, a tiny CLIP, and the files",
        "have random weights, these under the names of their authors, `.bin` and `.safetensors`.",
        "",
        table(with(adapters, "IP-Adapter")),
        "## Animations",
        "",
        "Final latents of AnimateDiff: 3 to 8 frames, one or two videos, random motion adapters with a",
        "module in the middle block (sd1) and without (sdxl); a motion LoRA at 1.2 with another LoRA at",
        "0.8 (also under its authors' names), one or two ControlNets with a hint for each frame, an",
        "IP-Adapter, FreeNoise in windows of 4 frames (`oracle/make_motion_fixtures.py`, which copies what",
        "diffusers forgets of SDXL's U-Net; see animation.md).",
        "",
        table(animations),
        "## Upscaled",
        "",
        "Final latents of an upscaler (StableDiffusionUpscalePipeline) from pictures of 16x12, cut down",
        "from 19x14, and of 8x20; noise levels 0, 20, 100, 250 and 350, guidance 2 to 4 and 9, one or two",
        "pictures, each alone in diffusers (`oracle/make_upscale_fixtures.py`).",
        "",
        table(upscaled));
  }

  private static Map<String, Map<String, Double>> with(
      Map<String, Map<String, Double>> rows, String start) {
    Map<String, Map<String, Double>> kept = new TreeMap<>(rows);
    kept.keySet().removeIf(row -> !row.startsWith(start));
    return kept;
  }

  private static Map<String, Map<String, Double>> without(
      Map<String, Map<String, Double>> rows, String start) {
    Map<String, Map<String, Double>> kept = new TreeMap<>(rows);
    kept.keySet().removeIf(row -> row.startsWith(start));
    return kept;
  }

  private String table(Map<String, Map<String, Double>> rows) {
    StringBuilder text = new StringBuilder();
    List<String> models =
        this.models.stream()
            .filter(m -> rows.values().stream().anyMatch(v -> v.containsKey(m)))
            .toList();
    text.append("| | ").append(String.join(" | ", models)).append(" |\n");
    text.append("| --- |").append(" --- |".repeat(models.size())).append('\n');
    rows.forEach(
        (what, values) -> {
          StringJoiner line = new StringJoiner(" | ", "| ", " |\n").add(what);
          for (String model : models) {
            Double value = values.get(model);
            line.add(value == null ? "" : cell(what, value));
          }
          text.append(line);
        });
    return text.toString();
  }

  private static String cell(String what, double value) {
    return what.endsWith(LEVELS)
        ? Long.toString(Math.round(value))
        : String.format(Locale.ROOT, "%.0e", value);
  }
}
