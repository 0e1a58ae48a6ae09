package io.github.tcd4j.server;

import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.server.a1111.WebUiApi;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.engine.EngineListener;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.ModelCatalog;
import io.github.tcd4j.server.http.AccessGate;
import io.github.tcd4j.server.http.ErrorBody;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JettyErrors;
import io.github.tcd4j.server.http.JsonBody;
import io.github.tcd4j.server.http.SecurityHeaders;
import io.github.tcd4j.server.jobs.CatalogApi;
import io.github.tcd4j.server.jobs.JobsApi;
import io.github.tcd4j.server.jobs.PictureSettingsApi;
import io.github.tcd4j.server.metrics.FlightRecorder;
import io.github.tcd4j.server.metrics.ServerMetrics;
import io.github.tcd4j.server.openai.ImagesApi;
import io.github.tcd4j.server.openai.ModelsApi;
import io.github.tcd4j.server.page.PageFiles;
import io.github.tcd4j.server.senders.BodyHandler;
import io.github.tcd4j.server.senders.SenderDeadlines;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.SizeUnit;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A server that generates pictures.
 *
 * <pre>{@code
 * ModelCatalog catalog = new ModelCatalog(List.of(ModelFolder.open(Path.of("emoji"))), null);
 * try (Server server = Server.start(catalog, EngineSettings.USUAL, ServerSettings.USUAL, List.of())) {
 *   System.out.println(server.address());   // http://127.0.0.1:7860
 *   ...
 * }
 * }</pre>
 */
public final class Server implements AutoCloseable {
  /** Threads for requests; each waiting client and each stream of events keeps one. */
  private static final int THREADS = 200;

  private static final Set<HandlerType> METHODS =
      Set.of(HandlerType.GET, HandlerType.POST, HandlerType.DELETE);

  private final GenerationEngine engine;
  private final ServerSettings settings;
  private final Javalin http;

  private final SenderDeadlines deadlines;

  private Server(
      GenerationEngine engine, ServerSettings settings, Javalin http, SenderDeadlines deadlines) {
    this.engine = engine;
    this.settings = settings;
    this.http = http;
    this.deadlines = deadlines;
  }

  /**
   * Starts a server; it reads the default model meanwhile.
   *
   * @throws Tcd4jException if the address is taken
   */
  public static Server start(
      ModelCatalog catalog,
      EngineSettings engineSettings,
      ServerSettings settings,
      List<EngineListener> listeners) {
    ServerMetrics metrics = new ServerMetrics();
    List<EngineListener> all = new ArrayList<>(listeners);
    all.add(metrics);
    all.add(new FlightRecorder());
    GenerationEngine engine =
        new GenerationEngine(catalog, engineSettings, EngineListener.all(all));
    metrics.watch(engine);
    SenderDeadlines deadlines = new SenderDeadlines(settings.senders());
    Javalin http =
        Javalin.create(config -> configure(config, engine, settings, metrics, deadlines));
    try {
      http.start();
    } catch (RuntimeException e) {
      engine.close();
      throw new Tcd4jException(
          ("cannot listen on " + settings.host() + ", port " + settings.port() + ": ")
              + reason(e)
              + "; choose another port",
          e);
    }
    return new Server(engine, settings, http, deadlines);
  }

  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private static void configure(
      JavalinConfig config,
      GenerationEngine engine,
      ServerSettings settings,
      ServerMetrics metrics,
      SenderDeadlines deadlines) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.prefer405over404 = true;
    config.router.javaLangErrorHandler(
        (response, error) -> {
          engine.listener().unexpected(error);
          response.setStatus(503);
        });
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 4);
    threads.setName("tcd4j-http");
    config.jetty.threadPool = threads;
    int most = JsonBody.LARGE;
    // As much in memory as there may be, so that nothing is written to a temporary folder.
    config.jetty.multipartConfig.maxFileSize(most, SizeUnit.BYTES);
    config.jetty.multipartConfig.maxInMemoryFileSize(most, SizeUnit.BYTES);
    config.jetty.multipartConfig.maxTotalRequestSize(most, SizeUnit.BYTES);
    Set<String> open = new HashSet<>(PageFiles.addresses());
    open.addAll(HealthApi.ADDRESSES);
    AccessGate gate = new AccessGate(settings.names(), settings.token(), open);
    config.jetty.modifyServer(
        jetty -> {
          jetty.setErrorHandler(new JettyErrors());
          jetty.addBean(new NetworkConnectionLimit(settings.senders().connections(), jetty));
          jetty.setStopTimeout(3000);
          // Javalin puts its own handler into this one.
          jetty.setHandler(new BodyHandler(deadlines, gate::allows));
        });
    config.jetty.addConnector((jetty, http) -> deadlines.watch(connector(jetty, http, settings)));
    config.routes.before(SecurityHeaders::set);
    config.routes.before(gate::check);
    errors(config, engine);
    RequestReader reader = new RequestReader(engine.catalog(), engine.settings().limits());
    new JobsApi(engine, reader).addTo(config.routes);
    new CatalogApi(engine).addTo(config.routes);
    PictureSettingsApi.addTo(config.routes);
    new ImagesApi(engine, reader, settings.token() == null).addTo(config.routes);
    new ModelsApi(engine.catalog(), reader).addTo(config.routes);
    new WebUiApi(engine, reader).addTo(config.routes);
    new HealthApi(engine).addTo(config.routes);
    metrics.addTo(config.routes);
    PageFiles.addTo(config.routes);
  }

  private static ServerConnector connector(
      org.eclipse.jetty.server.Server jetty, HttpConfiguration http, ServerSettings settings) {
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    ServerConnector connector = new ServerConnector(jetty, new HttpConnectionFactory(http));
    connector.setHost(settings.host());
    connector.setPort(settings.port());
    connector.setIdleTimeout(settings.idle().toMillis());
    // Connections that wait for the client's next request do not delay the end.
    connector.setShutdownIdleTimeout(200);
    return connector;
  }

  private static void errors(JavalinConfig config, GenerationEngine engine) {
    config.routes.exception(HttpResponseException.class, (e, ctx) -> answer(e, ctx, engine));
    config.routes.exception(
        HttpException.RuntimeException.class,
        (e, ctx) ->
            answer(
                e.getCode() == 408
                    ? new HttpProblem(408, "too_slow", "the request came too slowly; send it again")
                    : new HttpProblem(400, "bad_http", "the body of the request is not valid HTTP"),
                ctx,
                engine));
    for (Class<? extends IllegalArgumentException> unknown :
        List.of(UnsupportedCharsetException.class, IllegalCharsetNameException.class)) {
      config.routes.exception(
          unknown,
          (e, ctx) ->
              answer(
                  new HttpProblem(
                      415, "bad_charset", "the charset of the Content-Type is not known"),
                  ctx,
                  engine));
    }
    config.routes.exception(IOException.class, (e, ctx) -> gone(e, ctx, engine));
    config.routes.exception(Exception.class, (e, ctx) -> answer(e, ctx, engine));
  }

  /** Javalin's own answers: no such address, another method. */
  private static void answer(HttpResponseException e, Context ctx, GenerationEngine engine) {
    int status = e.getStatus();
    String sentence =
        switch (status) {
          case 404 -> "there is nothing at this address; /openapi.json lists what there is";
          case 405 -> "this address is not for " + ctx.req().getMethod();
          default -> "the request is not valid";
        };
    answer(
        new HttpProblem(status, status == 404 ? "not_found" : "bad_request", sentence),
        ctx,
        engine);
  }

  private static void gone(IOException e, Context ctx, GenerationEngine engine) {
    if (!(e instanceof EofException) && !(e instanceof EOFException) && !ctx.res().isCommitted()) {
      answer(e, ctx, engine);
    }
  }

  private static void answer(Exception e, Context ctx, GenerationEngine engine) {
    if (ctx.res().isCommitted()) {
      return;
    }
    ErrorBody body = ErrorBody.of(e, engine.filter());
    if (body.status() == 500) {
      engine.listener().unexpected(e);
    }
    if (body.retryAfter() > 0) {
      ctx.header("Retry-After", Long.toString(body.retryAfter()));
    }
    Answer.json(ctx, body.status(), body.json());
  }

  /** Where it listens, as {@code http://127.0.0.1:7860}. */
  public String address() {
    String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
    return "http://" + host + ":" + http.port();
  }

  /** What it answers, as {@code GET /api/jobs}; {@code /openapi.json} describes them. */
  public List<String> addresses() {
    return http.unsafe.internalRouter.allHttpHandlers().stream()
        .map(e -> e.endpoint)
        .filter(e -> METHODS.contains(e.method))
        .map(e -> e.method.name() + " " + e.path)
        .toList();
  }

  /** The engine behind the APIs. */
  public GenerationEngine engine() {
    return engine;
  }

  /**
   * Takes no more jobs, gives the running one its time, answers those who wait, and frees the
   * models.
   */
  @Override
  public void close() {
    engine.close(settings.grace());
    deadlines.refuseIncomplete();
    try {
      http.stop();
    } catch (JavalinException e) {
      // Some client did not read its answer to the end; its connection has been cut.
    }
  }
}
