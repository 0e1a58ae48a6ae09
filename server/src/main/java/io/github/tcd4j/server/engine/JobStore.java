package io.github.tcd4j.server.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The jobs by their ids. Ended ones are forgotten by age, number and bytes, the oldest first. */
final class JobStore {
  private static final int MOST = 1000;

  private final long mostBytes;
  private final Duration age;
  private final Map<String, Job> jobs = new LinkedHashMap<>();

  JobStore(long mostBytes, Duration age) {
    this.mostBytes = mostBytes;
    this.age = age;
  }

  synchronized void add(Job job) {
    jobs.put(job.id(), job);
    tidy();
  }

  synchronized @Nullable Job get(String id) {
    tidy();
    return jobs.get(id);
  }

  synchronized void remove(Job job) {
    jobs.remove(job.id());
  }

  /** The newest first. */
  synchronized List<Job> newest() {
    tidy();
    List<Job> all = new ArrayList<>(jobs.values());
    java.util.Collections.reverse(all);
    return all;
  }

  private void tidy() {
    Instant oldest = Instant.now().minus(age);
    long bytes = jobs.values().stream().mapToLong(Job::bytes).sum();
    int ended = (int) jobs.values().stream().filter(j -> j.status().state().ended()).count();
    for (Iterator<Job> all = jobs.values().iterator(); all.hasNext(); ) {
      Job job = all.next();
      JobStatus status = job.status();
      Instant end = status.ended();
      boolean old = end != null && end.isBefore(oldest);
      if (status.state().ended() && (old || ended > MOST || bytes > mostBytes)) {
        bytes -= job.bytes();
        ended--;
        all.remove();
      }
    }
  }
}
