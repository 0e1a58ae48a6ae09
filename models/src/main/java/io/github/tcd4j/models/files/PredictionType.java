package io.github.tcd4j.models.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import io.github.tcd4j.tensor.file.TorchFile;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the network of a single file predicts: what the user says, else what the file says, in an
 * entry of its metadata or by a key {@code v_pred}; else, for the second family, what a bias of its
 * last block suggests, which is spread wider where velocity was learnt, as ComfyUI has it; else
 * velocity for that family, but its inpainting model and SD-Turbo, and noise for the others.
 *
 * @param asked what the user says, by diffusers' names
 * @param told the scheduler's configuration that the file tells
 * @param measured whether the bias suggests velocity; null where the file has none
 */
record PredictionType(
    @Nullable String asked,
    Family family,
    TensorFile file,
    @Nullable JsonNode told,
    @Nullable Boolean measured) {
  private static final String V_PREDICTION = "v_prediction";
  private static final int INPAINTING = 9;

  /** The steps that Stable Diffusion 2's base had been trained for, as its pickle notes. */
  private static final String BASE_STEPS = "875000";

  /** The bias that ComfyUI's {@code SD20.model_type} looks at. */
  private static final String BIAS =
      Family.UNET + "output_blocks.11.1.transformer_blocks.0.norm1.bias";

  /** Its standard deviation beyond which the network predicts velocity. */
  private static final double SPREAD = 0.09;

  /** Of a file that is open. */
  static PredictionType of(
      @Nullable String asked, Family family, TensorFile file, @Nullable JsonNode told) {
    boolean open = asked == null && family == Family.SD2 && file.names().contains(BIAS);
    return new PredictionType(asked, family, file, told, open ? isSpread(file) : null);
  }

  private static boolean isSpread(TensorFile file) {
    try (Scope scope = Scope.inference()) {
      Tensor bias = file.get(BIAS).to(DType.F32);
      double deviation = bias.minus(bias.mean()).square().mean().sqrt().item();
      return deviation > SPREAD;
    }
  }

  /** By diffusers' names. */
  String kind() {
    return asked != null ? asked : velocity() ? V_PREDICTION : "epsilon";
  }

  /** Whether {@link #kind} is the file's own word and not the family's custom. */
  boolean isSaid() {
    return asked == null && said() != null;
  }

  boolean velocity() {
    Boolean said = asked != null ? Boolean.valueOf(asked.equals(V_PREDICTION)) : said();
    return said == null ? customary() && !Boolean.FALSE.equals(measured) : said;
  }

  /** Whether velocity is what such networks predict where nothing tells. */
  private boolean customary() {
    return family == Family.SD2 && !inpainting() && !turbo();
  }

  /** Whether the network reads a mask and a masked picture beside the latents. */
  boolean inpainting() {
    return new CheckpointShapes(file, Family.UNET).size("input_blocks.0.0.weight", 1) == INPAINTING;
  }

  /** Whether the text encoder has the name that it has in SD-Turbo alone, which predicts noise. */
  private boolean turbo() {
    return Family.any(file, Family.OPEN_CLIP_SGM);
  }

  private @Nullable Boolean said() {
    if (file.names().contains("v_pred")) {
      return true;
    }
    String type =
        told == null
            ? file.metadata().getOrDefault("modelspec.prediction_type", "")
            : told.path("prediction_type").asText("epsilon");
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "v", V_PREDICTION -> true;
      case "epsilon" -> false;
      default -> base() ? false : null;
    };
  }

  private boolean base() {
    String steps = file.metadata().get(TorchFile.GLOBAL_STEP);
    return family == Family.SD2 && BASE_STEPS.equals(steps);
  }

  /** The end of a sentence on the file. */
  String clause() {
    String what = velocity() ? "v" : kind().equals("epsilon") ? "noise" : "clean latents";
    String whose = asked != null ? " as you say" : isSaid() ? " as it says" : "";
    boolean assumed = whose.isEmpty() && customary() && !Family.upscales(file);
    String ground =
        measured == null
            ? " (a base model predicts epsilon)"
            : "; the spread of a bias of its last block suggests it";
    return "predicting "
        + what
        + whose
        + (assumed ? ", which the file does not state" + ground : "");
  }
}
