package io.github.tcd4j.cli;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.Verbosity;
import io.github.tcd4j.cli.convert.ConvertCommand;
import io.github.tcd4j.cli.data.DataCommand;
import io.github.tcd4j.cli.doctor.DoctorCommand;
import io.github.tcd4j.cli.evaluate.EvaluateCommand;
import io.github.tcd4j.cli.evaluate.ExperimentCommand;
import io.github.tcd4j.cli.generate.DemoCommand;
import io.github.tcd4j.cli.generate.GenerateCommand;
import io.github.tcd4j.cli.generate.MetadataCommand;
import io.github.tcd4j.cli.generate.PreprocessCommand;
import io.github.tcd4j.cli.generate.ReplayCommand;
import io.github.tcd4j.cli.generate.UpscaleCommand;
import io.github.tcd4j.cli.serve.ServeCommand;
import io.github.tcd4j.cli.train.DistillCommand;
import io.github.tcd4j.cli.train.TrainCommand;
import io.github.tcd4j.pipeline.Version;
import java.util.List;
import java.util.Objects;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code tcd4j}: generates with, trains, distils and measures few-step text-to-image models. */
@Command(
    name = "tcd4j",
    description = "Few-step image generation by trajectory consistency distillation.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Versions.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed while running",
      "2:wrong usage",
      "130:cancelled",
    },
    footer = {
      "",
      "First picture:  ./tcd4j generate \"red apple, fluent 3d style\"",
      "Completion:     source <(./tcd4j generate-completion)",
    })
public final class Main implements Verbosity {
  private static final List<Class<?>> COMMANDS =
      List.of(
          GenerateCommand.class,
          UpscaleCommand.class,
          DemoCommand.class,
          TrainCommand.class,
          DistillCommand.class,
          EvaluateCommand.class,
          ExperimentCommand.class,
          ServeCommand.class,
          MetadataCommand.class,
          ReplayCommand.class,
          PreprocessCommand.class,
          ConvertCommand.class,
          DataCommand.class,
          DoctorCommand.class);

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error, and every key of a LoRA without a layer.")
  public boolean verbose;

  private Main() {}

  @Override
  public boolean verbose() {
    return verbose;
  }

  public static void main(String[] args) {
    System.exit(commandLine(args).execute(args));
  }

  /**
   * The command line with all commands; with the one alone that the first argument names, if it
   * does, since to read the options of all takes a twentieth of a second.
   */
  public static CommandLine commandLine(String... args) {
    Main main = new Main();
    CommandLine root = new CommandLine(main);
    List<Class<?>> named =
        COMMANDS.stream().filter(c -> args.length > 0 && name(c).equals(args[0])).toList();
    (named.isEmpty() ? COMMANDS : named).forEach(root::addSubcommand);
    root.addSubcommand(AutoComplete.GenerateCompletion.class);
    root.addSubcommand(CommandLine.HelpCommand.class);
    return root.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, arguments) -> main.misused(e))
        .setExecutionExceptionHandler((e, command, result) -> main.report(e, command))
        .setExecutionStrategy(
            parsed -> {
              try {
                return new CommandLine.RunLast().execute(parsed);
              } catch (LinkageError | OutOfMemoryError e) {
                return main.report(e, parsed.commandSpec().commandLine());
              }
            });
  }

  private static String name(Class<?> command) {
    return Objects.requireNonNull(command.getAnnotation(Command.class)).name();
  }

  /** One sentence instead of the whole help, which would hide it. */
  private int misused(ParameterException e) {
    CommandLine command = e.getCommandLine();
    tell(command, String.valueOf(e.getMessage()));
    if (!UnmatchedArgumentException.printSuggestions(e, command.getErr())) {
      command
          .getErr()
          .println(command.getCommandSpec().qualifiedName() + " --help lists the options");
    }
    return ExitCode.USAGE;
  }

  private int report(Throwable e, CommandLine command) {
    if (verbose) {
      e.printStackTrace(command.getErr());
    }
    ErrorReport failure = ErrorReport.of(e);
    if (!failure.sentence().isEmpty()) {
      tell(command, failure.sentence());
    }
    return failure.exitCode();
  }

  private static void tell(CommandLine command, String sentence) {
    command.getErr().println(command.getColorScheme().errorText("tcd4j: " + sentence));
  }

  /** What {@code --version} shows. */
  static final class Versions implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"tcd4j " + Version.TCD4J};
    }
  }
}
