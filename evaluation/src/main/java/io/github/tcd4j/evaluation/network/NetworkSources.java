package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.preprocess.ClipPreprocessor;
import io.github.tcd4j.evaluation.preprocess.ClipPreprocessor.Crop;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PaddedPreprocessor;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.evaluation.preprocess.SquarePreprocessor;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.models.files.ClipFile;
import io.github.tcd4j.models.icnet.IcNet;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.models.reward.AestheticPredictor;
import io.github.tcd4j.models.reward.ImageReward;
import io.github.tcd4j.models.text.WordPieceTokenizer;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The networks that measures use, under the names by which their weights are published. */
public final class NetworkSources {
  private static final int CLIP_SIDE = 224;

  private static final List<String> CLIP_L = List.of("clip-vit-large-patch14", "ViT-L-14.pt");

  private NetworkSources() {}

  /**
   * FID's Inception: rows of {@value InceptionV3#FEATURES} features, then {@value
   * InceptionV3#CLASSES} logits without bias.
   */
  public static NetworkSource inception(FidMode mode) {
    return new NetworkSource(
        "inception",
        List.of(
            List.of(
                "pt_inception-2015-12-05-6726825d.pth",
                "weights-inception-2015-12-05-6726825d.pth",
                "inception-2015-12-05.pt",
                "inception-2015-12-05.safetensors")),
        mode,
        false,
        NetworkSources::inception);
  }

  private static PictureNetwork inception(List<Path> weights, Device device) {
    InceptionV3 network = InceptionV3.open(weights.get(0), device);
    return (pixels, captions) -> {
      try (Scope scope = Scope.inference()) {
        Tensor features = network.features(pixels);
        return scope.keep(Tensor.cat(1, features, network.logits(features)));
      }
    };
  }

  /**
   * EfficientNet-Lite0, a classifier of ImageNet's photographs: rows of {@value
   * EfficientNetLite0#FEATURES} features. No text belongs to it and no model here is conditioned on
   * it, so it judges every generator alike.
   */
  public static NetworkSource efficientNetLite0() {
    return new NetworkSource(
        "efflite0",
        List.of(List.of("efficientnet-lite0-57934424.pth", "efficientnet-lite0.safetensors")),
        SquarePreprocessor.EFFICIENTNET_LITE0,
        false,
        (weights, device) -> {
          EfficientNetLite0 network = EfficientNetLite0.open(weights.get(0), device);
          return (pixels, captions) -> network.features(pixels);
        });
  }

  /** CMMD's CLIP ViT-L/14-336: rows of embeddings, then the scale of the logits. */
  public static NetworkSource cmmd() {
    List<String> names = List.of("clip-vit-large-patch14-336", "ViT-L-14-336px.pt");
    return clip("clip-l14-336", names, SquarePreprocessor.CMMD, false);
  }

  /** CLIP ViT-L/14 as transformers runs it; rows as those of {@link #cmmd}. */
  public static NetworkSource clip() {
    Preprocessor preprocessor = new ClipPreprocessor(CLIP_SIDE, Crop.TRANSFORMERS);
    return clip("clip-l14", CLIP_L, preprocessor, false);
  }

  /** PickScore v1; rows as those of {@link #cmmd}. */
  public static NetworkSource pickScore() {
    Preprocessor preprocessor = new ClipPreprocessor(CLIP_SIDE, Crop.TRANSFORMERS);
    return clip("pickscore", List.of("PickScore_v1"), preprocessor, false);
  }

  /** HPS v2.1, resized as when it was published; rows as those of {@link #cmmd}. */
  public static NetworkSource hps() {
    List<String> names = List.of("HPS_v2.1_compressed.pt", "HPS_v2.1_compressed.safetensors");
    return clip("hps-v2.1", names, new PaddedPreprocessor(false), true);
  }

  private static NetworkSource clip(
      String name, List<String> names, Preprocessor preprocessor, boolean openClipTokens) {
    return new NetworkSource(
        name,
        List.of(names),
        preprocessor,
        false,
        (weights, device) ->
            new ClipNetwork(
                ClipFile.open(weights.get(0), device),
                openClipTokens ? ClipTokenizer.ofOpenClip() : ClipTokenizer.ofClip(),
                device));
  }

  /** A CLIP model and the tokenizer that its scores are defined with. */
  private record ClipNetwork(ClipModel model, ClipTokenizer tokenizer, Device device)
      implements PictureNetwork {
    @Override
    public Tensor rows(Tensor pixels, List<String> captions) {
      try (Scope scope = Scope.inference()) {
        Tensor features = model.imageFeatures(pixels);
        Tensor scale = model.logitScale().exp().reshape(1, 1).expand(features.size(0), 1);
        return scope.keep(Tensor.cat(1, features, scale));
      }
    }

    @Override
    public Tensor texts(List<String> captions) {
      try (Scope scope = Scope.inference()) {
        return scope.keep(model.textFeatures(tokenizer.encode(captions).to(device)));
      }
    }
  }

  /** LAION's aesthetic predictor on CLIP ViT-L/14 as OpenAI runs it: rows of one mark. */
  public static NetworkSource aesthetic() {
    return new NetworkSource(
        "aesthetic",
        List.of(List.of("sac+logos+ava1-l14-linearMSE.pth", "ava+logos-l14-linearMSE.pth"), CLIP_L),
        new ClipPreprocessor(CLIP_SIDE, Crop.TORCHVISION),
        false,
        (weights, device) -> {
          AestheticPredictor head = AestheticPredictor.open(weights.get(0), device);
          ClipModel clip = ClipFile.open(weights.get(1), device);
          return (pixels, captions) -> {
            try (Scope scope = Scope.inference()) {
              return scope.keep(head.scores(clip.imageFeatures(pixels)).unsqueeze(1));
            }
          };
        });
  }

  /** IC9600's ICNet: rows of one score. */
  public static NetworkSource complexity() {
    return new NetworkSource(
        "icnet",
        List.of(List.of("ck.pth", "icnet.safetensors")),
        SquarePreprocessor.IC9600,
        false,
        (weights, device) -> {
          IcNet network = IcNet.open(weights.get(0), device);
          return (pixels, captions) -> {
            try (Scope scope = Scope.inference()) {
              return scope.keep(network.scores(pixels).reshape(-1, 1));
            }
          };
        });
  }

  /** ImageReward v1.0: rows of the reward of a picture and its caption. */
  public static NetworkSource imageReward() {
    return new NetworkSource(
        "imagereward",
        List.of(List.of("ImageReward.pt", "ImageReward.safetensors"), List.of("bert-base-uncased")),
        new ClipPreprocessor(CLIP_SIDE, Crop.TORCHVISION),
        true,
        (weights, device) -> {
          ImageReward network = ImageReward.open(weights.get(0), device);
          WordPieceTokenizer tokenizer = WordPieceTokenizer.load(weights.get(1));
          return (pixels, captions) -> rewards(network, tokenizer, device, pixels, captions);
        });
  }

  /** Captions of equal length go through the text part together: padding would be computed too. */
  private static Tensor rewards(
      ImageReward network,
      WordPieceTokenizer tokenizer,
      Device device,
      Tensor pixels,
      List<String> captions) {
    Map<Integer, List<Integer>> byLength = new TreeMap<>();
    List<long[]> ids = new ArrayList<>();
    for (int i = 0; i < captions.size(); i++) {
      long[] row = tokenizer.encode(captions.get(i), ImageReward.MAX_TOKENS);
      ids.add(row);
      byLength.computeIfAbsent(row.length, n -> new ArrayList<>()).add(i);
    }
    try (Scope scope = Scope.inference()) {
      Tensor pictures = network.encode(pixels);
      Tensor[] rewards = new Tensor[ids.size()];
      byLength.forEach(
          (length, rows) -> {
            long[] flat = rows.stream().flatMapToLong(i -> Arrays.stream(ids.get(i))).toArray();
            long[] places = rows.stream().mapToLong(i -> i).toArray();
            Tensor texts = Tensor.of(flat, rows.size(), length).to(device);
            Tensor those = pictures.indexSelect(0, Tensor.of(places).to(device));
            Tensor found = network.rewards(texts, those);
            for (int k = 0; k < rows.size(); k++) {
              rewards[rows.get(k)] = found.narrow(0, k, 1).reshape(1, 1);
            }
          });
      return scope.keep(Tensor.cat(0, rewards));
    }
  }
}
