package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.senders.SenderLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that send a request byte by byte, over bare connections. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlowSendersTest {
  private static final SenderLimits BRIEF =
      new SenderLimits(
          Duration.ofMillis(400), Duration.ofMillis(400), 1000, Duration.ofSeconds(3), 500);

  private static final String HEAD = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ";

  private static final String BODY =
      "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          + "Content-Length: 100000\r\n\r\n{\"prompt\": \"";

  private static final String CHUNKS =
      "POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          + "Transfer-Encoding: chunked\r\n\r\nfffff\r\n{\"prompt\": \"";

  private static final String FORM =
      "POST /v1/images/edits HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
          + "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: "
          + "form-data; name=\"prompt\"\r\n\r\n";

  /** Nobody is too slow within a minute. */
  private static SenderLimits patient(int connections) {
    Duration minute = Duration.ofMinutes(1);
    return new SenderLimits(minute, minute, 1000, Duration.ofMinutes(5), connections);
  }

  private static Served served(SenderLimits limits) {
    return new Served(EngineSettings.USUAL, ServerSettings.USUAL.withSenders(limits));
  }

  private static Socket connect(Served served, String start) throws IOException {
    URI address = URI.create(served.server.address());
    Socket socket = new Socket(address.getHost(), address.getPort());
    socket.setSoTimeout(20_000);
    send(socket, start);
    return socket;
  }

  private static void send(Socket socket, String bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Sends a byte now and then until there is an answer. */
  private static String trickle(Served served, String start) throws Exception {
    try (Socket socket = connect(served, start)) {
      for (int i = 0; i < 400 && socket.getInputStream().available() == 0; i++) {
        send(socket, "a");
        Thread.sleep(20);
      }
      return rest(socket);
    }
  }

  @Test
  void aTrickleIsRefusedByOneSentenceWhereverItIs() throws Exception {
    try (Served served = served(BRIEF)) {
      for (String start : List.of(HEAD, BODY, CHUNKS, FORM, "G")) {
        long begin = System.nanoTime();
        String answer = trickle(served, start);
        assertThat(answer)
            .as(start)
            .startsWith("HTTP/1.1 408 ")
            .containsIgnoringCase("Connection: close")
            .contains("{\"error\":{\"message\":\"the request came too slowly; send it again\"");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
            .as(start)
            .isBetween(Duration.ofMillis(380), Duration.ofSeconds(8));
      }
      assertThat(served.get("/healthz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whoeverFallsSilentIsRefusedToo() throws Exception {
    try (Served served = served(BRIEF)) {
      for (String start : List.of(HEAD, BODY)) {
        try (Socket socket = connect(served, start)) {
          assertThat(rest(socket)).as(start).startsWith("HTTP/1.1 408 ");
        }
      }
    }
  }

  @Test
  void aSteadySenderIsServedThoughItTakesLongerThanTheGrace() throws Exception {
    String json = "{\"prompt\": \"" + "a".repeat(4000) + "\", \"steps\": 1}";
    String head =
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + (json.length() + "\r\nContent-Type: application/json\r\n\r\n");
    SenderLimits limits =
        new SenderLimits(
            Duration.ofSeconds(5), Duration.ofMillis(100), 500, Duration.ofSeconds(30), 500);
    try (Served served = served(limits);
        Socket socket = connect(served, head)) {
      for (int i = 0; i < json.length(); i += 500) {
        send(socket, json.substring(i, Math.min(json.length(), i + 500)));
        Thread.sleep(60);
      }
      assertThat(rest(socket)).startsWith("HTTP/1.1 202 ");
    }
  }

  @Test
  void requestsSentAheadAreAllAnsweredInTheirOrder() throws Exception {
    String wrong = "{\"prompt\": \"a\", \"steps\": 0}";
    StringBuilder ahead = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      ahead
          .append(
              "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
          .append("Content-Length: " + wrong.length() + "\r\n\r\n" + wrong);
    }
    String last = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (Served served = served(BRIEF);
        Socket socket = connect(served, ahead + last)) {
      String answers = rest(socket);
      assertThat(answers.split("HTTP/1.1 400 ")).hasSize(201);
      assertThat(answers).endsWith("{\"status\":\"ok\"}");
    }
  }

  @Test
  void noRequestMayTakeLongerThanTheWholeTime() throws Exception {
    SenderLimits limits =
        new SenderLimits(
            Duration.ofSeconds(5), Duration.ofMillis(100), 1, Duration.ofMillis(600), 500);
    try (Served served = served(limits)) {
      assertThat(trickle(served, BODY)).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void aConnectionMayRestBetweenTwoRequests() throws Exception {
    String get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    try (Served served = served(BRIEF);
        Socket socket = connect(served, get + "\r\n")) {
      Thread.sleep(1000);
      send(socket, get + "Connection: close\r\n\r\n");
      assertThat(rest(socket).split("HTTP/1.1 200 ")).hasSize(3);
    }
  }

  /** What has come counts, not what was promised, and is given back however a request ends. */
  @Test
  void bodiesThatAreComingFillALimitedMemoryWhichIsGivenBack() throws Exception {
    int mega = 1 << 20;
    String head =
        "POST /api/picture-settings HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
    List<Socket> large = new ArrayList<>();
    try (Served served = served(SenderLimits.USUAL)) {
      for (int i = 0; i < 8; i++) {
        large.add(connect(served, head.formatted(24 * mega)));
      }
      assertThat(served.post("/api/jobs", Served.SHORT).statusCode()).isEqualTo(202);
      int refused = 0;
      for (Socket socket : large) {
        try {
          socket.getOutputStream().write(new byte[23 * mega]);
          refused += socket.getInputStream().available() > 0 ? 1 : 0;
        } catch (SocketException e) {
          refused++;
        }
      }
      assertThat(refused).isBetween(1, 6);
      // Small ones pass all the same; a large one does not, and is told when to come again.
      served.await(served.submit(Served.SHORT), "completed");
      try (Socket socket = connect(served, head.formatted(20 * mega))) {
        socket.setSoTimeout(20_000);
        String answer = "";
        try {
          socket.getOutputStream().write(new byte[20 * mega]);
        } catch (SocketException e) {
          // The answer came before the end, and may be lost with it.
          answer = "HTTP/1.1 429 Retry-After: 1 too many large";
        }
        answer = answer.isEmpty() ? rest(socket) : answer;
        assertThat(answer).contains("HTTP/1.1 429", "Retry-After: 1", "too many large");
      }
      for (Socket socket : large) {
        socket.close();
      }
      large.clear();
      int status = 429;
      for (int i = 0; i < 50 && status == 429; i++) {
        Thread.sleep(50);
        try (Socket socket = connect(served, head.formatted(23 * mega))) {
          socket.getOutputStream().write(new byte[23 * mega]);
          socket.shutdownOutput();
          status = Integer.parseInt(rest(socket).substring(9, 12));
        } catch (SocketException e) {
          // Not yet.
        }
      }
      assertThat(status).isEqualTo(400);
    } finally {
      for (Socket socket : large) {
        socket.close();
      }
    }
  }

  /** More than there are threads; before, each of them held one. */
  @Test
  void manyOfThemStarveNobody() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try (Served served = served(patient(500))) {
      int threads = Thread.activeCount();
      for (int i = 0; i < 320; i++) {
        slow.add(connect(served, i % 4 == 0 ? HEAD : i % 4 == 1 ? FORM : BODY));
      }
      for (Socket socket : slow) {
        send(socket, "a");
      }
      // The pool grows with each wave of bytes, but not by one for each that waits.
      assertThat(Thread.activeCount()).isLessThan(threads + 150);
      for (int i = 0; i < 3; i++) {
        long begin = System.nanoTime();
        served.await(served.submit(Served.SHORT), "completed");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        for (Socket socket : slow) {
          send(socket, "a");
        }
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void whereAllConnectionsAreTakenThoseThatWaitLongestAreRefused() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try (Served served = served(patient(20))) {
      for (int i = 0; i < 40; i++) {
        slow.add(connect(served, i % 2 == 0 ? HEAD : BODY));
      }
      served.await(served.submit(Served.SHORT), "completed");
      assertThat(rest(slow.get(0))).startsWith("HTTP/1.1 408 ");
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }
}
