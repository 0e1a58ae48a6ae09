package io.github.tcd4j.evaluation.generate;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.RequestBuilder;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import java.util.List;
import java.util.StringJoiner;

/** Paints with a model; closing that is the caller's. */
public final class PipelineGenerator implements Generator {
  private final TextToImage model;
  private final Progress progress;

  /**
   * @param progress hears every step and note; it may cancel
   */
  public PipelineGenerator(TextToImage model, Progress progress) {
    this.model = model;
    this.progress = progress;
  }

  private static RequestBuilder request(EvaluationPoint setup) {
    return Request.builder("")
        .reading(PromptSettings.PLAIN) // captions are words, also those with brackets
        .sampler(setup.sampler())
        .steps(setup.steps())
        .guidance(setup.guidance())
        .gamma(setup.gamma())
        .spacing(setup.spacing())
        .loras(setup.loras());
  }

  private GenerationSettings settings(EvaluationPoint setup) {
    return model.resolve(request(setup).build()).settings();
  }

  @Override
  public EvaluationPoint settle(EvaluationPoint setup) {
    GenerationSettings s = settings(setup);
    return new EvaluationPoint(
        setup.label(),
        s.sampler(),
        s.steps(),
        s.guidance(),
        s.gamma(),
        setup.spacing(),
        setup.loras());
  }

  @Override
  public String identity(EvaluationPoint setup) {
    GenerationSettings s = settings(setup);
    StringJoiner identity = new StringJoiner(" ");
    identity.add(s.model()).add(model.identity()).add(s.width() + "x" + s.height());
    identity.add(s.dtype().name()).add("tcd4j=" + s.version()).add("libtorch=" + s.engine());
    s.loras().stream().map(ResolvedLora::sha256).forEach(hash -> identity.add("lora=" + hash));
    return identity.toString();
  }

  @Override
  public List<Image> paint(EvaluationPoint setup, List<String> captions, long seed) {
    int n = captions.size();
    Request request = request(setup).seed(seed).count(n).batch(n).build();
    return model.paint(captions, model.resolve(request), progress).stream()
        .map(Picture::image)
        .toList();
  }
}
