package io.github.tcd4j.cli.serve;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.options.DeviceOption;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.metadata.ComputeSettings;
import io.github.tcd4j.server.Server;
import io.github.tcd4j.server.ServerSettings;
import io.github.tcd4j.server.adapters.AdapterCatalog;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.http.AccessToken;
import io.github.tcd4j.server.metrics.JobLog;
import io.github.tcd4j.server.sharing.Batching;
import io.github.tcd4j.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tcd4j serve}: HTTP APIs and a web page. */
@Command(
    name = "serve",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Serve HTTP APIs and a web page.",
      "Clients of OpenAI's images (/v1), of AUTOMATIC1111's web page (/sdapi/v1) and of tcd4j's own"
          + " jobs (/api, described in /openapi.json) can use it."
    })
public final class ServeCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      paramLabel = ModelOptions.LABEL,
      description =
          "Model to serve, repeatable; the first is for requests that name none. Default: the"
              + " embedded "
              + ModelOptions.EMBEDDED
              + ".")
  List<String> models = List.of(ModelOptions.EMBEDDED);

  @Option(
      names = "--lora-folder",
      paramLabel = "DIR",
      description = "LoRAs that requests to any model may use, besides those of its own folder.")
  @Nullable Path loraFolder;

  @Option(
      names = "--adapter-folder",
      paramLabel = "DIR",
      description =
          "ControlNets, T2I-Adapters, IP-Adapters and their image encoders that requests may name:"
              + " files, and folders with config.json.")
  @Nullable Path adapterFolder;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Address to listen on. Default: 127.0.0.1, this machine alone; any other needs --token.")
  String host = ServerSettings.USUAL.host();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port to listen on; 0 for any that is free. Default: 7860.")
  int port = ServerSettings.USUAL.port();

  @Option(
      names = "--token",
      paramLabel = "FILE",
      description = "File whose first line callers must send: Authorization: Bearer TOKEN.")
  @Nullable Path token;

  @Option(
      names = "--name",
      paramLabel = "HOST",
      description =
          "Host name under which callers reach the server, repeatable; its addresses and localhost"
              + " need none.")
  List<String> names = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Keep all pictures in this folder. Default: none is written.")
  @Nullable Path output;

  @Option(names = "--queue", paramLabel = "N", description = "Most jobs that wait. Default: 32.")
  int queue = EngineSettings.USUAL.queue();

  @Option(
      names = "--model-memory",
      paramLabel = "GB",
      description =
          "Memory for the networks of all models; the least recently used are freed. Default: two"
              + " thirds of the machine's.")
  @Nullable Double modelMemory;

  @Option(
      names = "--dtype",
      paramLabel = "f32|bf16|f16",
      description = "Precision of the U-Net and the autoencoder. Default: f32.")
  DType dtype = DType.F32;

  @Mixin DeviceOption device = new DeviceOption();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Processor cores to use. Default: all.")
  @Nullable Integer threads;

  @Option(names = "--vae-tiling", description = "Decode large pictures in tiles, as in generate.")
  boolean tiling;

  @Option(
      names = "--batching",
      paramLabel = "on|off|auto",
      converter = BatchingConverter.class,
      description =
          "Whether requests that run at the same time share the steps of the network; their pictures"
              + " differ from those alone in the last bits, and say so. auto measures while nobody"
              + " waits where it pays. Default: auto.")
  Batching batching = Batching.AUTO;

  @Option(names = "--log", description = "Print one line of JSON for each job; no prompts.")
  boolean log;

  @Override
  public Integer call() throws InterruptedException {
    requireJars();
    PrintWriter out = spec.commandLine().getOut();
    List<ModelFolder> folders =
        models.stream().map(m -> ModelFolder.open(m, ModelOptions.place(m))).toList();
    JobLog jobLog = new JobLog(line -> print(out, line), log);
    CountDownLatch ended = new CountDownLatch(1);
    try (Server server =
        Server.start(
            new ModelCatalog(folders, loraFolder, adapters()),
            engine(),
            settings(),
            List.of(jobLog))) {
      Thread hook = new Thread(() -> shutDown(server, ended), "shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
      print(out, "serving on " + server.address() + " (Ctrl-C ends it)");
      ended.await();
    }
    return ExitCode.OK;
  }

  /** What serves HTTP is not on the class path of the other commands. */
  private static void requireJars() {
    try {
      Class.forName("io.javalin.Javalin");
    } catch (ClassNotFoundException e) {
      throw new InvalidRequestException(
          "serve needs the jars of lib/serve: start ./tcd4j serve, or java -cp"
              + " \"lib/tcd4j.jar:lib/serve/*\" io.github.tcd4j.cli.Main serve",
          e);
    }
  }

  private static synchronized void print(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }

  /** With the return of this hook the process ends, so all is done here. */
  private static void shutDown(Server server, CountDownLatch ended) {
    System.err.println("\ntcd4j: shutting down");
    server.close();
    ended.countDown();
  }

  private ServerSettings settings() {
    AccessToken secret = token == null ? null : AccessToken.read(token);
    ServerSettings settings =
        ServerSettings.USUAL.withAddress("localhost", port).withNames(names).withToken(secret);
    try {
      return settings.withAddress(host, port);
    } catch (InvalidRequestException e) {
      String advice = token == null ? "; use --token FILE, or --host 127.0.0.1" : "";
      throw new InvalidRequestException(e.getMessage() + advice, e);
    }
  }

  private AdapterCatalog adapters() {
    return adapterFolder == null ? AdapterCatalog.NONE : AdapterCatalog.of(adapterFolder);
  }

  private EngineSettings engine() {
    EngineSettings usual = EngineSettings.USUAL;
    long memory = usual.modelBytes();
    if (modelMemory != null) {
      if (!(modelMemory > 0 && modelMemory < 1e6)) {
        throw new InvalidRequestException("--model-memory must be above 0 but was " + modelMemory);
      }
      memory = Math.round(modelMemory * (1L << 30));
    }
    return usual
        .withDevice(device.available())
        .withCompute(new ComputeSettings(dtype, tiling, threads))
        .withQueue(queue)
        .withModelBytes(memory)
        .withOutput(output)
        .withBatching(batching);
  }

  /** Reads {@code on}, {@code off} or {@code auto}. */
  static final class BatchingConverter implements CommandLine.ITypeConverter<Batching> {
    @Override
    public Batching convert(String value) {
      try {
        return Batching.parse(value);
      } catch (InvalidRequestException e) {
        throw new CommandLine.TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
