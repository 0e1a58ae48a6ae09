package io.github.tcd4j.models.lora;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes the U-Net's adapter as a file that diffusers and the usual tools load. */
public final class LoraWriter {
  private LoraWriter() {}

  /**
   * Writes one file, beside and then renamed.
   *
   * <p>{@link LoraStyle#PEFT_DIFFUSERS} has no place for an alpha that every loader reads, so the
   * scale is multiplied into B; kohya style keeps it, as {@code .alpha} = scale x r of each layer.
   *
   * @param style {@code PEFT_DIFFUSERS} or {@code KOHYA}
   * @param dtype type of the factors in the file
   */
  public static void write(
      Path file, LoraAdapter adapter, LoraStyle style, DType dtype, LoraMetadata metadata) {
    if (style != LoraStyle.PEFT_DIFFUSERS && style != LoraStyle.KOHYA) {
      throw new InvalidRequestException(
          "LoRA style to write must be PEFT_DIFFUSERS or KOHYA but was " + style);
    }
    if (!dtype.isFloating()) {
      throw new InvalidRequestException("LoRA type must be a floating one but was " + dtype);
    }
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      adapter
          .deltas()
          .forEach(
              (path, delta) -> {
                if (style == LoraStyle.KOHYA) {
                  kohya(tensors, path, delta, dtype);
                } else {
                  peft(tensors, path, delta, dtype);
                }
              });
      NonFinite.in(tensors)
          .ifPresent(
              name -> {
                throw new LoraException(
                    NonFinite.sentence("the LoRA for " + file + " in " + dtype, name)
                        + ", so it is not written: the training diverged; start again from a"
                        + " checkpoint, with a smaller learning rate");
              });
      Map<String, String> header = new LinkedHashMap<>(metadata.toMap());
      if (style == LoraStyle.KOHYA) {
        header.put("ss_network_module", "networks.lora");
        header.put("ss_network_dim", Integer.toString(metadata.rank()));
        header.put("ss_network_alpha", Double.toString(metadata.alpha()));
      }
      SafeTensorsWriter.write(file, tensors, header);
    }
  }

  private static void peft(
      Map<String, Tensor> tensors, String path, Adapters.LoraDelta delta, DType dtype) {
    String key = Component.UNET.folder() + "." + path;
    Tensor up = delta.scale() == 1 ? delta.up() : delta.up().times(delta.scale());
    tensors.put(key + ".lora_A.weight", delta.down().detach().to(dtype).contiguous());
    tensors.put(key + ".lora_B.weight", up.detach().to(dtype).contiguous());
  }

  private static void kohya(
      Map<String, Tensor> tensors, String path, Adapters.LoraDelta delta, DType dtype) {
    String key = Component.UNET.kohyaPrefixes().get(0) + path.replace('.', '_');
    tensors.put(key + ".lora_down.weight", delta.down().detach().to(dtype).contiguous());
    tensors.put(key + ".lora_up.weight", delta.up().detach().to(dtype).contiguous());
    tensors.put(key + ".alpha", Tensor.scalar(delta.scale() * delta.down().size(0)));
  }
}
