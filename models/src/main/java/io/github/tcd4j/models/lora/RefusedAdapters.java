package io.github.tcd4j.models.lora;

import io.github.tcd4j.models.lora.delta.LoraException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Kinds of adapter that are not supported, by the keys that they alone have. A file that holds one
 * is refused as a whole: what else is in it was trained beside it.
 */
final class RefusedAdapters {
  private static final Map<String, Pattern> KEYS = new LinkedHashMap<>();

  static {
    put("OFT, BOFT and Diag-OFT", "(boft_|oft_|oft_blocks|oft_diag|rescale).*");
    put("LoRAs of embeddings", "(lora_embedding_|trainable_tokens).*");
    put("peft's (IA)^3", "ia3_l.*");
    put("GLoKr", "[ab][12m]|am\\.weight|[ab][12]_[abt](\\.weight)?|glokr_.*");
    put("VeRA and VB-LoRA", "(vera_|vblora_|randlora_).*");
    put("AdaLoRA", "lora_E.*|ranknum.*");
    put(
        "peft's adapters other than LoRA, LoHa and LoKr",
        "(fourierft_|hra_|ln_tuning_|poly_lora|xlora_|shira_|bone_|miss_|c3a_|waveft_|road_).*");
    put("T-LoRA", "(q_layer|p_layer|lambda_layer|base_lambda|base_[qp])(\\..*)?");
    put("LoRAs with a bias of their own", "lora_[AB](\\.default)?\\.bias|lora_(up|down)\\.bias");
    put("whole modules trained with a LoRA", "modules_to_save.*");
  }

  private RefusedAdapters() {}

  private static void put(String method, String ending) {
    KEYS.put(method, Pattern.compile("(.*\\.)?(" + ending + ")"));
  }

  /**
   * Fails where a key is one of such an adapter.
   *
   * @throws LoraException that names it
   */
  static void check(Path file, String name) {
    KEYS.forEach(
        (method, keys) -> {
          if (keys.matcher(name).matches()) {
            throw new LoraException(
                (file
                        + " holds "
                        + name
                        + ": "
                        + method
                        + " are not supported, and the rest of the")
                    + " file is nothing without them; merge it into a model with the tool that"
                    + " trained it");
          }
        });
  }
}
