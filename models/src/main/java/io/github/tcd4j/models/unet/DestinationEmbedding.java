package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Conditions a U-Net on the destination s of a trajectory consistency function (paper, eq. 24,
 * TCF(S+); Kim et al. 2023): a sinusoid of s, made as that of the time, goes through two linear
 * layers with SiLU between them, and the outcome is added to the embedding of the time. The last
 * layer starts at zero, so that training starts from the teacher.
 *
 * <p>It accompanies the U-Net as a LoRA does and travels with the call ({@link
 * Conditioning#plusTimeShift}); its file lies next to that of the LoRA or of the U-Net ({@link
 * #fileNextTo}), which others can therefore still load.
 */
public final class DestinationEmbedding {
  private static final String PLACE = "s_embedding";
  private static final String ENDING = ".safetensors";

  private final SinusoidalEmbedding wave;
  private final TimeEmbedding.Mlp mlp;
  private final Map<String, Tensor> parameters;
  private final double weight;

  private DestinationEmbedding(
      SinusoidalEmbedding wave,
      TimeEmbedding.Mlp mlp,
      Map<String, Tensor> parameters,
      double weight) {
    this.wave = wave;
    this.mlp = mlp;
    this.parameters = parameters;
    this.weight = weight;
  }

  /** The embedding under {@code s_embedding} in {@code w}, for U-Nets of that shape. */
  public static DestinationEmbedding of(Weights w, UNet2DConditionConfig config) {
    Map<String, Tensor> read = new LinkedHashMap<>();
    int in = config.blockOutChannels().get(0);
    return new DestinationEmbedding(
        new SinusoidalEmbedding(in, config.flipSinToCos(), config.freqShift()),
        TimeEmbedding.Mlp.zeroInit(w.recording(read).at(PLACE), in, config.timeEmbeddingChannels()),
        Collections.unmodifiableMap(read),
        1);
  }

  /**
   * Reads a file that {@link #write} made; the tensors belong to the open scope.
   *
   * @throws WeightsException if it is not one, or is for U-Nets of another shape
   */
  public static DestinationEmbedding read(Path file, UNet2DConditionConfig config, Device device) {
    try (SafeTensors saved = SafeTensors.open(file)) {
      Map<String, Tensor> copies = new LinkedHashMap<>();
      for (String name : saved.names()) {
        Tensor copy = saved.get(name).to(DType.F32).copy();
        if (!copy.isFinite()) {
          throw new WeightsException(
              file + " holds numbers that are not finite (NaN or infinity) in " + name);
        }
        copies.put(name, copy.to(device));
      }
      Checkpoint checkpoint = new Checkpoint(file.toString(), copies.keySet(), copies::get, false);
      DestinationEmbedding embedding = of(Weights.of(checkpoint), config);
      if (!checkpoint.unread().isEmpty()) {
        throw new WeightsException(file + " is no s-embedding: it holds " + checkpoint.unread());
      }
      return embedding;
    }
  }

  /** Writes the weights as float16, under another name that is then changed. */
  public void write(Path file) {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> halves = new LinkedHashMap<>();
      parameters.forEach((name, t) -> halves.put(name, t.detach().to(DType.F16).contiguous()));
      halves.forEach(
          (name, t) -> {
            if (!t.isFinite()) {
              throw new WeightsException(
                  name + " is not finite in float16, so " + file + " is not written");
            }
          });
      SafeTensorsWriter.write(file, halves, Map.of("format", "pt"));
    }
  }

  /** The file of the embedding that belongs to {@code NAME.safetensors}. */
  public static Path fileNextTo(Path weights) {
    String name = String.valueOf(weights.getFileName());
    String stem = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
    return weights.resolveSibling(stem + "." + PLACE + ENDING);
  }

  /** Whether {@code file} has the name of one that {@link #fileNextTo} gives. */
  public static boolean isOne(Path file) {
    return String.valueOf(file.getFileName()).endsWith("." + PLACE + ENDING);
  }

  /** The tensors by name, {@code s_embedding.linear_1.weight} and so on. */
  public Map<String, Tensor> parameters() {
    return parameters;
  }

  /** The same with its answer times {@code factor}, as the LoRA that it belongs to is weighted. */
  public DestinationEmbedding weighted(double factor) {
    return new DestinationEmbedding(wave, mlp, parameters, weight * factor);
  }

  /** Destinations (B) to (B, T), to be added to the embedding of the time. */
  public Tensor forward(Tensor s) {
    Tensor shift = mlp.forward(wave.forward(s), Adapters.NONE);
    return weight == 1 ? shift : shift.times(weight);
  }
}
