package io.github.tcd4j.server.metrics;

import io.github.tcd4j.pipeline.batching.RowTimes;
import io.github.tcd4j.server.engine.EngineListener;
import io.github.tcd4j.server.engine.GenerationEngine;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobStatus;
import io.github.tcd4j.server.engine.ServedModel;
import io.github.tcd4j.server.sharing.SharedSize;
import io.github.tcd4j.server.sharing.SharingDecision;
import io.github.tcd4j.tensor.Engine;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * Metrics in Prometheus' text format at {@code /metrics}. Labels are models, APIs and states, never
 * prompts.
 */
public final class ServerMetrics implements EngineListener {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** What the engine tells by being asked. */
  @SuppressWarnings("resource") // Without GC notifications, JvmMemoryMetrics holds nothing.
  public void watch(GenerationEngine engine) {
    new JvmMemoryMetrics().bindTo(registry);
    registry.gauge("tcd4j.queue.jobs", engine, GenerationEngine::waiting);
    registry.gauge("tcd4j.running.jobs", engine, e -> e.allRunning().size());
    registry.gauge("tcd4j.models.bytes", engine, GenerationEngine::modelBytes);
    registry.gauge("tcd4j.native.objects", engine, e -> Engine.liveObjects());
    registry.gauge("tcd4j.resident.memory.bytes", engine, e -> residentBytes());
  }

  /** Adds its address. */
  public void addTo(RoutesConfig routes) {
    routes.get("/metrics", this::scrape);
  }

  private void scrape(Context ctx) {
    ctx.contentType("text/plain; version=0.0.4; charset=utf-8");
    ctx.result(registry.scrape());
  }

  /** The registry, for meters of a program that embeds the server. */
  public MeterRegistry registry() {
    return registry;
  }

  @Override
  public void started(Job job) {
    JobStatus status = job.status();
    Instant started = status.started();
    if (started != null) {
      registry
          .timer("tcd4j.queue.wait", "model", model(job))
          .record(Duration.between(status.created(), started));
    }
  }

  @Override
  public void step(Job job, Duration took) {
    registry.timer("tcd4j.step", "model", model(job)).record(took);
  }

  @Override
  public void evaluated(ServedModel model, int rows) {
    registry.summary("tcd4j.evaluation.rows", "model", model.name()).record(rows);
  }

  @Override
  public void measured(SharedSize size, SharingDecision decision) {
    Tags tags = Tags.of("model", size.model(), "size", size.width() + "x" + size.height());
    RowTimes times = decision.times();
    if (times != null) {
      Gauge.builder("tcd4j.batching.gain", times, t -> t.gain(1))
          .tags(tags)
          .strongReference(true)
          .register(registry);
    }
    Gauge.builder("tcd4j.batching.rows", decision, d -> d.pays(1) ? d.mostRows() : 1)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  @Override
  public void ended(Job job) {
    JobStatus status = job.status();
    String state = status.state().key();
    registry
        .counter("tcd4j.jobs", "model", model(job), "api", job.request().api(), "state", state)
        .increment();
    registry.counter("tcd4j.pictures", "model", model(job)).increment(status.pictures());
    Instant started = status.started();
    Instant ended = status.ended();
    if (started != null && ended != null) {
      registry
          .timer("tcd4j.job", "model", model(job), "state", state)
          .record(Duration.between(started, ended));
    }
  }

  @Override
  public void unexpected(Throwable e) {
    registry.counter("tcd4j.errors", "type", e.getClass().getSimpleName()).increment();
  }

  @Override
  public void loaded(ServedModel model, Duration took) {
    registry.timer("tcd4j.model.load", "model", model.name()).record(took);
  }

  @Override
  public void freed(ServedModel model) {
    registry.counter("tcd4j.model.freed", "model", model.name()).increment();
  }

  private static String model(Job job) {
    return job.request().model().name();
  }

  /** Of the process, libtorch's memory included; not a number where the system does not say. */
  private static double residentBytes() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(l -> l.startsWith("VmRSS:"))
          .mapToDouble(l -> 1024 * Double.parseDouble(l.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
