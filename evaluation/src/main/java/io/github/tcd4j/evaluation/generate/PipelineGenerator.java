package io.github.tcd4j.evaluation.generate;

import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.DType;
import java.util.List;
import java.util.StringJoiner;

/** Generates with a model, which {@link #release} closes, or else the caller. */
public final class PipelineGenerator implements Generator, AutoCloseable {
  private final TextToImage model;
  private final boolean embedsGuidance;
  private final Progress progress;
  private final DType dtype;
  private boolean released;

  /**
   * @param folder of the model
   * @param progress receives every step and note; it may cancel
   */
  public PipelineGenerator(TextToImage model, ModelFolder folder, Progress progress) {
    this(model, folder, progress, DType.F32);
  }

  /** With another precision of the U-Net and the autoencoder than float32. */
  public PipelineGenerator(TextToImage model, ModelFolder folder, Progress progress, DType dtype) {
    this.dtype = dtype;
    this.model = model;
    this.embedsGuidance = folder.unet().timeCondProjDim() > 0;
    this.progress = progress;
  }

  @Override
  public void release() {
    if (!released) {
      released = true;
      model.close();
    }
  }

  @Override
  public void close() {
    release();
  }

  private Request.Builder request(EvaluationPoint point) {
    return Request.builder("")
        .dtype(dtype)
        .syntax(PromptSyntax.PLAIN) // captions are words, also those with brackets
        .sampler(point.sampler())
        .steps(point.steps())
        .guidance(point.guidance())
        .gamma(point.gamma())
        .spacing(point.spacing())
        .loras(point.loras());
  }

  private GenerationSettings settings(EvaluationPoint point) {
    return model.resolve(request(point).build()).settings();
  }

  @Override
  public EvaluationPoint settle(EvaluationPoint point) {
    ResolvedRequest resolved = model.resolve(request(point).build());
    GenerationSettings s = resolved.settings();
    SamplingPlan plan = resolved.plan();
    boolean twoRows = s.guided() && !embedsGuidance;
    return new EvaluationPoint(
        point.label(),
        s.sampler(),
        s.steps(),
        s.guidance(),
        s.sampling().knobs().gamma(),
        point.spacing(),
        point.loras(),
        (twoRows ? 2 : 1) * plan.sampler().evaluations(plan.grid()));
  }

  @Override
  public String identity(EvaluationPoint point) {
    GenerationSettings s = settings(point);
    StringJoiner identity = new StringJoiner(" ");
    identity.add(s.model().name()).add(model.identity()).add(s.width() + "x" + s.height());
    identity
        .add(s.compute().dtype().name())
        .add("tcd4j=" + s.version())
        .add("libtorch=" + s.machine().engine());
    s.loras().stream().map(ResolvedLora::sha256).forEach(hash -> identity.add("lora=" + hash));
    return identity.toString();
  }

  @Override
  public List<Image> generate(EvaluationPoint point, List<String> captions, long seed) {
    int n = captions.size();
    Request request = request(point).seed(seed).count(n).batch(n).build();
    return model.generate(captions, model.resolve(request), progress).stream()
        .map(Picture::image)
        .toList();
  }
}
