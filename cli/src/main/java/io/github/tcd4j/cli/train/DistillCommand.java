package io.github.tcd4j.cli.train;

import picocli.CommandLine.Command;

/** {@code tcd4j distill RECIPE}. */
@Command(
    name = "distill",
    mixinStandardHelpOptions = true,
    description = "Distil a teacher into a LoRA, or a whole model, for sampling in 2 to 20 steps.")
public final class DistillCommand extends RecipeCommand {}
