package io.github.tcd4j.cli.train;

import picocli.CommandLine.Command;

/** {@code tcd4j train RECIPE}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description =
        "Train the text-image pair, the autoencoder, the teacher, or for a finished model a"
            + " ControlNet, an IP-Adapter or a tiny autoencoder.")
public final class TrainCommand extends RecipeCommand {}
