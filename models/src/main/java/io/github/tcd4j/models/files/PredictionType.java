package io.github.tcd4j.models.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.tensor.file.TensorFile;
import io.github.tcd4j.tensor.file.TorchFile;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the network of a single file predicts: what the user says, else what the file says, in an
 * entry of its metadata or by a key {@code v_pred}; else velocity for the second family, but its
 * inpainting model and SD-Turbo, and noise for the others.
 *
 * @param asked what the user says, by diffusers' names
 * @param told the scheduler's configuration that the file tells
 */
record PredictionType(
    @Nullable String asked, Family family, TensorFile file, @Nullable JsonNode told) {
  private static final String V_PREDICTION = "v_prediction";
  private static final int INPAINTING = 9;

  /** The steps that Stable Diffusion 2's base had been trained for, as its pickle notes. */
  private static final String BASE_STEPS = "875000";

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
    return said == null ? family == Family.SD2 && !inpainting() && !turbo() : said;
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
    boolean assumed = whose.isEmpty() && velocity();
    return ("predicting " + what + whose)
        + (assumed ? ", which the file does not state (a base model predicts epsilon)" : "");
  }
}
