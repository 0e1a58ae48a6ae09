package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.Interrupt;
import io.github.tcd4j.cli.console.QuietProgress;
import io.github.tcd4j.evaluation.generate.PipelineGenerator;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A model that generates for an evaluation, the progress of both, and Ctrl-C, which ends them.
 *
 * @param generator closes the model
 */
record EvaluationModel(
    PipelineGenerator generator, EvaluationProgress progress, Interrupt interrupt)
    implements AutoCloseable {
  /** Loads a model; the options' number of threads is set for all that computes from here on. */
  static EvaluationModel open(CommandSpec spec, ModelFolder folder, ImageSetOptions images) {
    return open(spec, folder, images, DType.F32);
  }

  /** With another precision of U-Net and autoencoder. */
  static EvaluationModel open(
      CommandSpec spec, ModelFolder folder, ImageSetOptions images, DType dtype) {
    if (images.threads != null) {
      Engine.threads(images.threads);
    }
    Interrupt interrupt = Interrupt.watch(Duration.ofSeconds(2));
    try {
      EvaluationProgress progress = new EvaluationProgress(spec.commandLine().getErr(), interrupt);
      PipelineGenerator generator =
          new PipelineGenerator(
              TextToImage.load(folder, images.device),
              folder,
              new QuietProgress(interrupt, progress::note),
              dtype);
      return new EvaluationModel(generator, progress, interrupt);
    } catch (RuntimeException | Error e) {
      interrupt.close();
      throw e;
    }
  }

  @Override
  public void close() {
    generator.close();
    progress.close();
    interrupt.close();
  }
}
