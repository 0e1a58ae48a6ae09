package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.RequestLimits;
import io.github.tcd4j.server.senders.SenderLimits;
import io.github.tcd4j.tensor.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Thousands of requests that nobody should send; {@code -Dtcd4j.hostile=50000} for more, {@code
 * -Dtcd4j.hostile.seed=N} for others. Each is refused by one sentence, none is an error of the
 * server, and afterwards it serves as before.
 */
@Timeout(value = 1800, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileRequestsTest {
  private static final int REQUESTS = Integer.getInteger("tcd4j.hostile", 1000);

  private static final long SEED = Long.getLong("tcd4j.hostile.seed", 5);

  /** Long enough for a busy machine, and short enough for a test. */
  private static final SenderLimits BRIEF =
      new SenderLimits(
          Duration.ofSeconds(2), Duration.ofSeconds(1), 1000, Duration.ofSeconds(30), 500);

  /** Who send at the same time. */
  private static final int SENDERS = 8;

  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: ([0-9]+)");

  private static final Pattern INSIDE =
      Pattern.compile(
          "\\n|Exception|\\bat [a-z]+\\.|\\b(io|org|com|java)\\.[a-z]+\\.|"
              + Pattern.quote(System.getProperty("user.dir"))
              + "|"
              + Pattern.quote(Served.tinyPath().toString()));

  private final Map<Integer, Integer> statuses = new ConcurrentSkipListMap<>();

  @Test
  void hostileRequestsAreRefusedByASentenceAndLeaveTheServerServing() throws Exception {
    RequestLimits small = new RequestLimits(64 * 64, 2, 64 * 64 * 8, 1000);
    EngineSettings settings = EngineSettings.USUAL.withLimits(small).withQueue(64);
    try (Served served = new Served(settings, ServerSettings.USUAL.withSenders(BRIEF))) {
      send(served, SEED + 1, REQUESTS / 10);
      settle(served);
      long objects = Engine.settledObjects();
      long memory = usedHeap();
      int threads = Thread.activeCount();
      send(served, SEED, REQUESTS);
      settle(served);

      assertThat(Engine.settledObjects()).as("native objects").isEqualTo(objects);
      assertThat(usedHeap()).as("bytes of the heap").isLessThan(memory + (16 << 20));
      assertThat(Thread.activeCount()).as("threads").isLessThan(threads + 3 * SENDERS);
      // All kinds were there: served, refused, not found, of another type, with headers that are
      // too long.
      System.out.println("answers to " + REQUESTS + " hostile requests, by status: " + statuses);
      assertThat(statuses.keySet()).contains(200, 202, 400, 403, 404, 408, 415, 431);
      served.await(served.submit("{\"prompt\": \"a\", \"steps\": 1}"), "completed");
    }
  }

  private void send(Served served, long seed, int count) throws Exception {
    URI address = URI.create(served.server.address());
    ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
    try {
      List<Callable<Void>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + i);
        all.add(
            () -> {
              HostileRequest request = HostileRequest.of(random);
              judge(request, send(address, request));
              return null;
            });
      }
      for (Future<Void> one : senders.invokeAll(all)) {
        one.get();
      }
    } finally {
      senders.shutdownNow();
    }
  }

  /**
   * Ends what was accepted, and forgets it. Two jobs, without and with a LoRA: a network that was
   * read with one has an object without memory for each weight that it changes, until the LoRAs
   * first change, which some of the hostile requests do and others do not.
   */
  private static void settle(Served served) throws InterruptedException {
    var engine = served.server.engine();
    engine.jobs().forEach(engine::delete);
    String without = "{\"prompt\": \"a\", \"steps\": 1, \"loras\": []}";
    served.await(served.submit(without), "completed");
    served.await(served.submit("{\"prompt\": \"a\", \"steps\": 1}"), "completed");
    engine.jobs().forEach(engine::delete);
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** One answer, or several to what looks like several requests. */
  private void judge(HostileRequest request, List<String> answers) throws IOException {
    String sent = new String(request.bytes(), StandardCharsets.ISO_8859_1);
    sent = sent.length() < 2000 ? sent : sent.substring(0, 2000) + "...";
    if (answers.isEmpty()) {
      statuses.merge(0, 1, Integer::sum);
    }
    for (String answer : answers) {
      assertThat(answer).as(sent).startsWith("HTTP/1.1 ");
      int status = Integer.parseInt(answer.substring(9, 12));
      statuses.merge(status, 1, Integer::sum);
      assertThat(status).as(sent + "\n" + answer).isNotIn(500, 502, 503);
      String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
      if (status >= 400 && !(body.isEmpty() && sent.startsWith("HEAD "))) {
        JsonNode error = Served.JSON.readTree(body).path("error");
        assertThat(error.path("message").asText())
            .as(sent + "\n" + answer)
            .isNotBlank()
            .hasSizeLessThan(1000)
            .doesNotContainPattern(INSIDE);
      }
    }
  }

  /** The answers; none where what was sent is no whole request, or too much of one. */
  private static List<String> send(URI address, HostileRequest request) throws IOException {
    List<String> answers = new ArrayList<>();
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout(60_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.bytes());
      out.flush();
      while (request.slow() && socket.getInputStream().available() == 0) {
        out.write('0');
        Thread.sleep(50);
      }
      if (!request.whole()) {
        socket.shutdownOutput();
      }
      boolean head = request.bytes()[0] == 'H';
      for (String a = answer(socket.getInputStream(), head); !a.isEmpty(); ) {
        if (!a.startsWith("HTTP/1.1 100")) {
          answers.add(a);
        }
        a = answer(socket.getInputStream(), head);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } catch (SocketException e) {
      // It was refused before all of it was sent.
    } catch (SocketTimeoutException e) {
      throw new AssertionError(
          "no answer to " + new String(request.bytes(), StandardCharsets.ISO_8859_1), e);
    }
    return answers;
  }

  /** Head and body by the length that the head declares; empty at the end of the connection. */
  private static String answer(InputStream in, boolean asksForHead) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        return head.toString();
      }
      head.append((char) b);
    }
    Matcher length = LENGTH.matcher(head);
    if (head.indexOf("HTTP/1.1 100") == 0 || head.indexOf("HTTP/1.1 204") == 0) {
      return head.toString();
    }
    if (asksForHead) {
      // Nothing, but after what is no HTTP at all.
      return head + new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    byte[] body =
        length.find() ? in.readNBytes(Integer.parseInt(length.group(1))) : in.readAllBytes();
    return head + new String(body, StandardCharsets.UTF_8);
  }
}
