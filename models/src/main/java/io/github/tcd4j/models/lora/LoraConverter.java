package io.github.tcd4j.models.lora;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.delta.DoraMagnitude;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.models.lora.delta.LowRank;
import io.github.tcd4j.models.lora.delta.WholeTensor;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a LoRA file in another style of keys or another precision. Between PEFT's and kohya's
 * names all factors keep their bits, and alphas their values; diffusers' old style has no alphas,
 * so there B is multiplied by alpha / r.
 *
 * @param style PEFT_DIFFUSERS, DIFFUSERS_OLD, KOHYA or KOHYA_SGM
 * @param type to store the factors in; null for as they are
 */
public record LoraConverter(LoraStyle style, @Nullable DType type) {
  public LoraConverter {
    if (style == LoraStyle.PEFT_RAW) {
      throw new InvalidRequestException(
          "peft's own style needs adapter_config.json in the folder of the file; use peft, which diffusers"
              + " loads");
    }
    if (type != null && !type.isFloating()) {
      throw new InvalidRequestException("LoRA type must be a floating one but was " + type);
    }
  }

  /**
   * Writes a file, beside and then renamed; the s-embedding of a TCF(S+) LoRA is copied with it.
   *
   * @param networks the layers of the model that it belongs to, which tell kohya's names apart
   * @param policy whether a key that finds no layer is an error; else it is left out
   * @return which modules were written, and which were left out
   * @throws LoraException if none belongs to the model, one has no place in the style, or the
   *     s-embedding is missing
   */
  public LoraMatchReport convert(
      Path in, Path out, Map<Component, List<LayerShape>> networks, MatchPolicy policy) {
    try (Scope scope = Scope.inference()) {
      LoraFile file = LoraFile.read(in);
      LoraBinding binding = file.bind(networks);
      binding.report().require(policy, in.toString());
      LoraKeyWriter names = LoraKeyWriter.of(style, networks);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      PeftHeader peft = new PeftHeader();
      Map<String, LayerShape> layers = binding.layers();
      for (LoraModule module : file.modules()) {
        LayerShape layer = layers.get(module.name());
        if (layer != null) {
          write(tensors, names, module, layer);
          if (module.factors().rank() > 0) {
            peft.put(module.component(), layer.path(), module);
          }
        }
      }
      NonFinite.in(tensors)
          .ifPresent(
              name -> {
                throw new LoraException(
                    NonFinite.sentence("LoRA " + in + " in " + type, name)
                        + ", so it is not written; use a type of a greater range");
              });
      Map<String, String> header = header(in, file, peft);
      boolean conditioned = header.containsKey(LoraMetadata.DESTINATION);
      if (conditioned && !Files.exists(DestinationEmbedding.fileNextTo(in))) {
        throw new LoraException(
            in
                + " needs its s-embedding "
                + DestinationEmbedding.fileNextTo(in)
                + ", which is missing; keep both files of one run in the same folder");
      }
      SafeTensorsWriter.write(out, tensors, header);
      if (conditioned) {
        copy(DestinationEmbedding.fileNextTo(in), DestinationEmbedding.fileNextTo(out));
      }
      return binding.report();
    }
  }

  /** The s-embedding that the LoRA needs, in the same folder. */
  private static void copy(Path from, Path to) {
    if (from.toAbsolutePath().normalize().equals(to.toAbsolutePath().normalize())) {
      return;
    }
    AtomicFile.write(
        to,
        channel -> {
          try (FileChannel in = FileChannel.open(from)) {
            for (long at = 0; at < in.size(); ) {
              at += in.transferTo(at, in.size() - at, channel);
            }
          }
        });
  }

  private Map<String, String> header(Path in, LoraFile file, PeftHeader peft) {
    Map<String, String> header = new LinkedHashMap<>();
    try (TensorFile tensors = TensorFile.open(in)) {
      header.putAll(tensors.metadata());
    }
    header.remove(PeftHeader.ENTRY);
    header.putIfAbsent("format", "pt");
    if (style == LoraStyle.PEFT_DIFFUSERS) {
      header.putAll(peft.entries());
    } else if (style != LoraStyle.DIFFUSERS_OLD) {
      header.putIfAbsent("ss_network_module", "networks.lora");
    }
    return header;
  }

  private void write(Map<String, Tensor> to, LoraKeyWriter names, LoraModule m, LayerShape layer) {
    String key = names.module(m.component(), layer.path());
    DType dtype = type == null ? m.stored() : type;
    List<String> misfits = new ArrayList<>();
    if (m.factors() instanceof LowRank && m.of(layer) != null) {
      LowRank pair = ((LowRank) m.factors()).shaped(layer);
      boolean multiplied = style == LoraStyle.DIFFUSERS_OLD && m.scale() != 1;
      Tensor up = multiplied ? pair.up().times(m.scale()) : pair.up();
      to.put(key + names.down(), pair.down().to(dtype).contiguous());
      to.put(key + names.up(), up.to(dtype).contiguous());
    } else if (m.factors() instanceof WholeTensor whole && names.kohya()) {
      String ending = m.name().substring(m.name().lastIndexOf('.'));
      to.put(key + ending, whole.values().to(dtype).contiguous());
    } else if (names.kohya() && !m.factors().tensors().isEmpty()) {
      m.factors().tensors().forEach((end, t) -> to.put(key + "." + end, t.to(dtype).contiguous()));
    } else {
      misfits.add(m.factors().kind());
    }
    if (names.kohya() && m.factors().rank() > 0) {
      to.put(key + ".alpha", alpha(m.scale() * m.factors().rank(), dtype));
    }
    DoraMagnitude magnitude = m.magnitude();
    if (magnitude != null) {
      String ending = names.kohya() ? ".dora_scale" : ".lora_magnitude_vector";
      Tensor values = names.kohya() ? magnitude.lying(layer) : magnitude.forPeft(layer);
      if (values == null || style == LoraStyle.DIFFUSERS_OLD) {
        misfits.add("DoRA" + (values == null ? " over input channels" : ""));
      } else {
        to.put(key + ending, values.to(dtype).contiguous());
      }
    }
    if (!misfits.isEmpty()) {
      throw new LoraException(
          m.name()
              + " is "
              + String.join(" with ", misfits)
              + ", which has no place in the style "
              + style
              + "; kohya's has one");
    }
  }

  /** In the factors' type, as trainers write it, where that holds the number exactly. */
  private static Tensor alpha(double value, DType dtype) {
    Tensor exact = Tensor.scalar(value).to(DType.F32);
    Tensor narrow = exact.to(dtype);
    return narrow.to(DType.F32).item() == exact.item() ? narrow : exact;
  }
}
