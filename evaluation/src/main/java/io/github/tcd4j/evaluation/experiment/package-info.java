/**
 * How good are the pictures? An {@link io.github.tcd4j.evaluation.experiment.Experiment} lets a
 * {@link io.github.tcd4j.evaluation.generate.Generator} generate the captions of its {@link
 * io.github.tcd4j.evaluation.measure.ImageMeasure}s with one {@link
 * io.github.tcd4j.evaluation.generate.EvaluationPoint} after the other and gathers the figures as
 * {@link io.github.tcd4j.evaluation.measure.Results}: a table and plots. {@link
 * io.github.tcd4j.evaluation.experiment.EvaluationRun} is the whole of it, from settings to files.
 *
 * <p>The protocol: every point has the same captions with the same seeds; Fréchet and kernel
 * distance and complexity are measured on pictures of captions that the model was trained on,
 * chosen evenly from all styles, against all training pictures; CLIP score and retrieval on
 * captions that were held out. Pictures and features are kept in the output folder under a name
 * that says and hashes what made them, so that a run that was stopped goes on where it was.
 */
@NullMarked
package io.github.tcd4j.evaluation.experiment;

import org.jspecify.annotations.NullMarked;
