package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.engine.RequestLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Thousands of requests that nobody should send; {@code -Dtcd4j.hostile=50000} for more. Each is
 * refused by one sentence, none is an error of the server, and afterwards it serves as before.
 */
class HostileRequestsTest {
  private static final int REQUESTS = Integer.getInteger("tcd4j.hostile", 2000);

  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1",
          "2.5",
          "1e999",
          "-1e-999",
          "NaN",
          "Infinity",
          "9223372036854775808",
          "1" + "0".repeat(63),
          "1" + "0".repeat(70),
          "\"\"",
          "\"a\"",
          "\"../../../etc/passwd\"",
          "\"/etc/passwd\"",
          "\"C:\\\\x\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"\\ud83d\\ude00\"",
          "\"<lora:tcd:1e400>\"",
          "\"<lora:../tcd:1>\"",
          "\"((((((((((:1.1)\"",
          "\"(a:99999999999999999999)\"",
          "\"" + "(".repeat(5000) + "\"",
          "\"" + "x".repeat(30000) + "\"",
          "[]",
          "[[]]",
          "[1, \"a\", {}]",
          "[" + "1,".repeat(2000) + "1]",
          "{}",
          "{\"name\": 1}",
          "[{\"name\": \"tcd\", \"weight\": 1e300}]",
          "\"http://127.0.0.1/x\"",
          "\"data:image/png;base64,iVBORw0KGgo=\"",
          "\"8x8\"",
          "\"99999x99999\"",
          "\"-1\"",
          "[".repeat(40) + "]".repeat(40));

  private static final List<String> FIELDS =
      List.of(
          "prompt",
          "negative",
          "model",
          "loras",
          "sampler",
          "steps",
          "timesteps",
          "gamma",
          "eta",
          "guidance",
          "seed",
          "count",
          "n",
          "batch",
          "width",
          "height",
          "size",
          "clip_skip",
          "syntax",
          "prediction",
          "spacing",
          "response_format",
          "stream",
          "sampler_name",
          "scheduler",
          "cfg_scale",
          "override_settings",
          "n_iter",
          "batch_size",
          "alwayson_scripts",
          "image",
          "mask",
          "strength",
          "init_images",
          "mask_blur",
          "sd_model_checkpoint",
          "__proto__",
          "x\\u0000y");

  private static final List<String> POSTS =
      List.of(
          "/api/jobs",
          "/v1/images/generations",
          "/sdapi/v1/txt2img",
          "/sdapi/v1/png-info",
          "/sdapi/v1/options",
          "/sdapi/v1/img2img",
          "/api/picture-settings",
          "/v1/images/edits",
          "/sdapi/v1/interrupt");

  private static final List<String> PATHS =
      List.of(
          "/../../etc/passwd",
          "/%2e%2e/%2e%2e/etc/passwd",
          "/..%2f..%2fetc/passwd",
          "//etc/passwd",
          "/page.html",
          "/page.js/../../pom.xml",
          "/api/jobs/../../x",
          "/api/jobs/%00",
          "/api/jobs/a/images/-1",
          "/api/jobs/a/images/99999999999",
          "/api/jobs/;x=y",
          "/v1/models/..%5c..",
          "/\\\\x",
          "/api/jobs?x=" + "y".repeat(3000),
          "*",
          "http://evil/api/jobs",
          "/WEB-INF/web.xml",
          "/api/jobs/%f0%28%8c%28",
          "/sdapi/v1/progress?skip_current_image=%zz");

  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: ([0-9]+)");

  private final SplittableRandom random = new SplittableRandom(5);

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private String json() {
    StringBuilder o = new StringBuilder("{\"steps\": 1, \"prompt\": \"a\"");
    int n = 1 + random.nextInt(3);
    for (int i = 0; i < n; i++) {
      o.append(", \"").append(any(FIELDS)).append("\": ").append(any(VALUES));
    }
    return random.nextInt(10) == 0 ? o.toString() : o.append('}').toString();
  }

  /** Some bytes changed, lost or repeated. */
  private byte[] damaged(byte[] request) {
    byte[] bytes = request.clone();
    int n = 1 + random.nextInt(4);
    for (int i = 0; i < n; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  private byte[] request() {
    switch (random.nextInt(8)) {
      case 0:
        return ("GET " + any(PATHS) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
      case 1:
        return post(
                any(POSTS),
                json(),
                any(
                    List.of(
                        "text/plain",
                        "multipart/form-data; boundary=x",
                        "application/json; charset=utf-16",
                        "",
                        "\u00e9")))
            .getBytes(StandardCharsets.UTF_8);
      case 2:
        return ("POST /api/picture-settings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 24\r\n\r\n\u0089PNG\r\n\u001a\n"
                + random.nextInt(1000, 9999)
                + "tEXtabcd"
                + "wxyz")
            .getBytes(StandardCharsets.ISO_8859_1);
      default:
        return post(any(POSTS), json(), "application/json").getBytes(StandardCharsets.UTF_8);
    }
  }

  private static String post(String path, String body, String type) {
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
        + type
        + "\r\nContent-Length: "
        + length
        + "\r\n\r\n"
        + body;
  }

  @Test
  void hostileRequestsAreRefusedByASentenceAndLeaveTheServerServing() throws Exception {
    RequestLimits small = new RequestLimits(64 * 64, 2, 64 * 64 * 8, 1000);
    try (Served served =
        new Served(EngineSettings.USUAL.withLimits(small).withQueue(64), ServerSettings.USUAL)) {
      URI address = URI.create(served.server.address());
      Map<Integer, Integer> statuses = new TreeMap<>();
      for (int i = 0; i < REQUESTS; i++) {
        byte[] request = request();
        boolean whole = random.nextInt(12) > 0;
        request = whole ? request : damaged(request);
        String answer = send(address, request, whole);
        if (answer.isEmpty()) {
          statuses.merge(0, 1, Integer::sum);
          continue;
        }
        String sent = new String(request, StandardCharsets.UTF_8);
        assertThat(answer).as(sent).startsWith("HTTP/1.1 ");
        int status = Integer.parseInt(answer.substring(9, 12));
        statuses.merge(status, 1, Integer::sum);
        assertThat(status).as(sent + "\n" + answer).isNotIn(500, 502, 503);
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        if (status >= 400) {
          JsonNode error = Served.JSON.readTree(body);
          assertThat(error.has("error")).as(sent + "\n" + answer).isTrue();
          assertThat(error.path("error").path("message").asText())
              .as(sent)
              .isNotBlank()
              .doesNotContain("\n", "Exception", "at io.", Served.tinyPath().toString());
        }
      }
      // All kinds were there: served, refused, not found, of another type, answered by nobody.
      assertThat(statuses.keySet()).contains(200, 202, 400, 404, 415);
      for (var job : served.server.engine().jobs()) {
        served.server.engine().cancel(job);
      }
      served.await(served.submit("{\"prompt\": \"a\", \"steps\": 1}"), "completed");
    }
  }

  /** The answer; empty where there is none, because what was sent is no whole request. */
  private static String send(URI address, byte[] request, boolean whole) throws IOException {
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout(whole ? 10_000 : 100);
      OutputStream out = socket.getOutputStream();
      out.write(request);
      out.flush();
      return answer(socket.getInputStream());
    } catch (SocketException e) {
      // It was refused before all of it was sent.
      return "";
    } catch (SocketTimeoutException e) {
      if (whole) {
        throw e;
      }
      return "";
    }
  }

  /** Head and body by the length that the head declares. */
  private static String answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        return head.toString();
      }
      head.append((char) b);
    }
    Matcher length = LENGTH.matcher(head);
    byte[] body =
        length.find() ? in.readNBytes(Integer.parseInt(length.group(1))) : in.readAllBytes();
    return head + new String(body, StandardCharsets.UTF_8);
  }
}
