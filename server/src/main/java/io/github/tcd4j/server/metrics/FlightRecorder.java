package io.github.tcd4j.server.metrics;

import io.github.tcd4j.server.engine.EngineListener;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.ServedModel;
import java.time.Duration;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Steps, jobs and loads as events of the JDK's flight recorder; free while none is recording. */
public final class FlightRecorder implements EngineListener {
  /** A step of a job. */
  @Name("tcd4j.Step")
  @Label("Sampling step")
  @Category("tcd4j")
  @StackTrace(false)
  static final class Step extends Event {
    @Label("Job")
    String job = "";

    @Label("Model")
    String model = "";

    @Label("Time taken")
    @Timespan(Timespan.NANOSECONDS)
    long took;
  }

  /** A job from start to end. */
  @Name("tcd4j.Job")
  @Label("Job")
  @Category("tcd4j")
  @StackTrace(false)
  static final class Ended extends Event {
    @Label("Job")
    String job = "";

    @Label("Model")
    String model = "";

    @Label("State")
    String state = "";

    @Label("Pictures")
    int pictures;
  }

  /** A model's networks were read. */
  @Name("tcd4j.ModelLoad")
  @Label("Model load")
  @Category("tcd4j")
  @StackTrace(false)
  static final class Load extends Event {
    @Label("Model")
    String model = "";

    @Label("Size")
    @DataAmount
    long bytes;

    @Label("Time taken")
    @Timespan(Timespan.NANOSECONDS)
    long took;
  }

  @Override
  public void step(Job job, Duration took) {
    Step event = new Step();
    if (event.shouldCommit()) {
      event.job = job.id();
      event.model = job.request().model().name();
      event.took = took.toNanos();
      event.commit();
    }
  }

  @Override
  public void ended(Job job) {
    Ended event = new Ended();
    if (event.shouldCommit()) {
      event.job = job.id();
      event.model = job.request().model().name();
      event.state = job.status().state().key();
      event.pictures = job.status().pictures();
      event.commit();
    }
  }

  @Override
  public void loaded(ServedModel model, Duration took) {
    Load event = new Load();
    if (event.shouldCommit()) {
      event.model = model.name();
      event.bytes = model.bytes();
      event.took = took.toNanos();
      event.commit();
    }
  }
}
