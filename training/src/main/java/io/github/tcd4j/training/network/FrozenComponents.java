package io.github.tcd4j.training.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.convert.DiffusersFolderWriter;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.internal.TextEncoder;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorHash;
import io.github.tcd4j.training.TrainingException;
import io.github.tcd4j.training.dataset.CaptionTable;
import io.github.tcd4j.training.dataset.FreshLatents;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The frozen networks around a diffusion U-Net, float32: text encoders with their tokenizers, and
 * autoencoder.
 *
 * @param texts one, or SDXL's two
 * @param zerosWithoutNegative whether the empty caption is a row of zeros, as some models of SDXL
 *     have it, not the encoding of no words
 * @param index the {@code model_index.json} of a folder with these networks
 * @param device where the networks are
 */
public record FrozenComponents(
    Family family,
    List<Text> texts,
    Vae vae,
    boolean zerosWithoutNegative,
    JsonNode index,
    Device device) {
  /** Writes the files of a tokenizer into a folder. */
  interface TokenizerFiles {
    void write(Path folder) throws IOException;
  }

  /**
   * A text encoder.
   *
   * @param config its {@code config.json}
   * @param weights by name
   */
  record Text(
      Component component,
      TextEncoder encoder,
      JsonNode config,
      Map<String, Tensor> weights,
      TokenizerFiles tokenizer) {}

  /** The autoencoder, its configuration and its weights. */
  record Vae(AutoencoderKLConfig config, AutoencoderKL model, Map<String, Tensor> weights) {}

  public FrozenComponents {
    texts = List.copyOf(texts);
  }

  /** Those of a model; they belong to the open scope. */
  public static FrozenComponents of(ModelFolder folder, LoadedModel model) {
    requirePlainLatents(folder);
    List<Text> texts = new ArrayList<>();
    List<TextEncoder> encoders = model.towers();
    for (Component component : folder.components()) {
      if (component.tokenizer() != null) {
        texts.add(
            new Text(
                component,
                encoders.get(texts.size()),
                DiffusersFolderWriter.config(folder, component),
                model.parameters(component),
                to -> DiffusersFolderWriter.tokenizer(folder, component, to)));
      }
    }
    AutoencoderKL vae = model.vae();
    return new FrozenComponents(
        folder.family(),
        texts,
        new Vae(folder.vae(), vae, model.parameters(Component.VAE)),
        folder.zerosWithoutNegative(),
        DiffusersFolderWriter.index(folder),
        model.device);
  }

  /**
   * Refuses an upscaler, before any of its networks is read.
   *
   * @throws TrainingException if it is one
   */
  public static void refuseUpscaler(ModelFolder folder) {
    if (folder.upscales()) {
      throw new TrainingException(
          (folder.name()
                  + " is an upscaler, whose U-Net reads a small picture and its noise level ")
              + "next to the latents, so that nothing can be trained on it; use the text-to-image"
              + " model of its family");
    }
  }

  private static void requirePlainLatents(ModelFolder folder) {
    int channels = folder.unet().inChannels();
    if (channels != folder.vae().latentChannels()) {
      throw new TrainingException(
          ("the U-Net of " + folder.name() + " reads " + channels + " channels, not the ")
              + (folder.vae().latentChannels() + " of latents alone, so it cannot be a teacher")
              + "; use the text-to-image model of its family");
    }
  }

  /** The corpus at {@code data}: encoded as a whole, or batch by batch where it has no end. */
  public LatentSource latents(String data, TrainingEnvironment places) throws IOException {
    return latents(new ImageDataset(places.dataset(data), device), places);
  }

  /** The same of images that are open already. */
  public LatentSource latents(ImageDataset corpus, TrainingEnvironment places) throws IOException {
    return corpus.isEndless() ? fresh(corpus) : encode(corpus, places);
  }

  private FreshLatents fresh(ImageDataset corpus) {
    Conditioning empty = emptyCaption();
    CaptionTable known = CaptionTable.like(empty);
    return new FreshLatents(
        corpus,
        vae.model(),
        rows -> sized(known.of(corpus.captions(rows), this::freshCaptions), corpus, rows),
        empty);
  }

  private Conditioning emptyCaption() {
    return prompts(Notes.NONE).encodePairs(List.of(""), null).rows(1, 1);
  }

  /** The corpus at {@code data} in latents and conditioning, from the cache where it is there. */
  public LatentDataset encode(String data, TrainingEnvironment places) throws IOException {
    return encode(new ImageDataset(places.dataset(data), device), places);
  }

  public LatentDataset encode(ImageDataset corpus, TrainingEnvironment places) throws IOException {
    return LatentDataset.of(
        places.cache().get("latents", fingerprint(corpus), () -> encoded(corpus, places).toMap()),
        device);
  }

  private LatentDataset encoded(ImageDataset corpus, TrainingEnvironment places) {
    AtomicInteger cut = new AtomicInteger();
    Notes counting =
        new Notes() {
          @Override
          public void note(Note note) {
            cut.incrementAndGet();
          }
        };
    LatentDataset encoded =
        LatentDataset.encode(
            corpus,
            vae.model(),
            rows -> captions(corpus, rows, counting),
            emptyCaption(),
            places.check());
    if (cut.get() > 0) {
      places
          .notes()
          .accept(
              cut + " captions are longer than the text encoder reads; their ends are not used");
    }
    return encoded;
  }

  /** As generation encodes prompts, to the last bit: this is done once. */
  private Conditioning captions(ImageDataset corpus, int[] rows, Notes notes) {
    return sized(prompts(notes).encode(corpus.captions(rows)), corpus, rows);
  }

  /**
   * The same, so that a run that resumes has the same bits whichever captions it has met; but on a
   * GPU, where one caption takes as long as a hundred, equal up to rounding.
   */
  private Conditioning freshCaptions(List<String> captions) {
    PromptEncoder encoder = prompts(Notes.NONE);
    return device.equals(Device.CPU) ? encoder.encode(captions) : encoder.encodeTogether(captions);
  }

  private Conditioning sized(Conditioning captions, ImageDataset corpus, int[] rows) {
    return family == Family.SDXL ? captions.withTimeIds(corpus.timeIds(rows).to(device)) : captions;
  }

  /** Prompts as generation reads them, without syntax; belongs to the open scope. */
  public PromptEncoder prompts(Notes notes) {
    return new PromptEncoder(
        texts.stream().map(Text::encoder).toList(),
        device,
        family,
        zerosWithoutNegative,
        PromptSettings.PLAIN,
        notes);
  }

  /** A hash of all that a latent data set follows from: networks, pictures, captions in ids. */
  private String fingerprint(ImageDataset corpus) {
    Sha256 sha = new Sha256().add(family + " " + zerosWithoutNegative);
    TensorHash.add(sha.add(vae.config().toJson()), vae.weights());
    try (Scope scope = Scope.inference()) {
      for (Text text : texts) {
        TensorHash.add(
            sha.add(text.encoder().model().config().toJson().toString()), text.weights());
        sha.add(text.encoder().tokenizer().encode(List.of("")).toByteArray());
        sha.add(text.encoder().tokenizer().encode(corpus.captions()).toByteArray());
      }
      sha.add(corpus.timeIds(ImageDataset.range(0, corpus.size())).toByteArray());
    }
    corpus.addPixelsTo(sha);
    return sha.hex();
  }

  /** Pictures (B, 3, H, W) in [-1, 1] of scaled latents. */
  Tensor decode(Tensor latents) {
    return vae.model().decode(latents.div(vae.config().scalingFactor())).clamp(-1, 1);
  }

  /**
   * Writes a model folder in diffusers' layout around a U-Net, float16.
   *
   * @param scheduler its {@code scheduler_config.json}
   * @param header more that the file of the U-Net says of itself
   */
  public void writeModel(
      Path folder,
      String unetConfig,
      Map<String, Tensor> unetWeights,
      JsonNode scheduler,
      Map<String, String> header)
      throws IOException {
    ModelExport.writeNetwork(folder.resolve("unet"), unetConfig, unetWeights, DType.F16, header);
    ModelExport.writeNetwork(
        folder.resolve("vae"), vae.config().toJson(), vae.weights(), DType.F16, Map.of());
    for (Text text : texts) {
      ModelExport.writeModel(
          folder.resolve(text.component().folder()),
          text.config().toPrettyString(),
          text.weights(),
          DType.F16);
      text.tokenizer().write(folder.resolve(String.valueOf(text.component().tokenizer())));
    }
    Files.createDirectories(folder.resolve("scheduler"));
    DiffusersFolderWriter.write(folder.resolve("scheduler/scheduler_config.json"), scheduler);
    ObjectNode named = index.deepCopy();
    String type = scheduler.required("_class_name").asText();
    named.putArray("scheduler").add("diffusers").add(type);
    DiffusersFolderWriter.write(folder.resolve("model_index.json"), named);
  }
}
