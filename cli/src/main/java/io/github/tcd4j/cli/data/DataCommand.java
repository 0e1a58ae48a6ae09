package io.github.tcd4j.cli.data;

import picocli.CommandLine.Command;

/** {@code tcd4j data}: what can be done with data sets. */
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Look at data sets.",
    subcommands = {PreviewCommand.class, ManifestCommand.class})
public final class DataCommand {}
