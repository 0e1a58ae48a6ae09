package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.http.AccessToken;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AccessTest {
  private static final String TOKEN = "a token of 24 characters";
  private static Served open;
  private static Served guarded;

  @BeforeAll
  static void start() {
    open =
        new Served(
            EngineSettings.USUAL, ServerSettings.USUAL.withNames(List.of("Images.example.org")));
    guarded =
        new Served(EngineSettings.USUAL, ServerSettings.USUAL.withToken(AccessToken.of(TOKEN)));
  }

  @AfterAll
  static void end() {
    open.close();
    guarded.close();
  }

  /** The whole answer to bytes. */
  static String raw(Served served, String request) throws IOException {
    URI address = URI.create(served.server.address());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int status(String host, String more) throws IOException {
    String answer =
        raw(
            open,
            "GET /api/samplers HTTP/1.1\r\nHost: "
                + host
                + "\r\nConnection: close\r\n"
                + more
                + "\r\n");
    return Integer.parseInt(answer.substring(9, 12));
  }

  @Test
  void onlyTheServersOwnNamesAreAnswered() throws IOException {
    for (String ours :
        List.of("localhost:7860", "127.0.0.1", "[::1]:80", "192.168.0.7:1", "images.example.org")) {
      assertThat(status(ours, "")).as(ours).isEqualTo(200);
    }
    for (String foreign :
        List.of(
            "evil.example",
            "localhost.evil.example:7860",
            "127.0.0.1.evil.example",
            "127.0.0.1.nip.io",
            "*",
            "localhost.",
            "evil.localhost",
            "images.example.org.evil.example",
            "x.images.example.org",
            "127.0.0.1:80@evil.example",
            "x[::1]")) {
      assertThat(status(foreign, "")).as(foreign).isIn(400, 403);
    }
  }

  @Test
  void aNameOfTheServerIsOneHostAndNoWildcard() {
    for (String wrong :
        List.of("*", "*.example.org", "a b", "", "a:80", "http://a", "a/", ".a", "a.", "a,b")) {
      assertThatThrownBy(() -> ServerSettings.USUAL.withNames(List.of(wrong)))
          .as(wrong)
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("must be a host name");
    }
    assertThat(ServerSettings.USUAL.withNames(List.of("gpu-1", "A.b.c9")).names()).hasSize(2);
  }

  @Test
  void onlyThePageOfThisServerMayCall() throws IOException {
    assertThat(status("localhost:7860", "Origin: http://localhost:7860\r\n")).isEqualTo(200);
    for (String origin :
        List.of(
            "null",
            "http://localhost:7861",
            "http://evil.example",
            "http://localhost:7860.evil",
            "http://localhost",
            "file://",
            "")) {
      assertThat(status("localhost:7860", "Origin: " + origin + "\r\n")).as(origin).isEqualTo(403);
    }
    String form =
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    assertThat(raw(open, form)).startsWith("HTTP/1.1 403");
  }

  @Test
  void aBodyOfAnotherTypeIsRefused() {
    HttpResponse<byte[]> response =
        open.send(
            open.request("/api/jobs")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString(Served.SHORT))
                .build());

    assertThat(response.statusCode()).isEqualTo(415);
  }

  @Test
  void theTokenIsRequiredForAllButThePageAndTheHealth() {
    for (String path :
        List.of("/api/jobs", "/metrics", "/v1/models", "/sdapi/v1/options", "/nothing")) {
      assertThat(guarded.get(path).statusCode()).as(path).isEqualTo(401);
    }
    for (String path : List.of("/", "/page.js", "/healthz", "/openapi.json")) {
      assertThat(guarded.get(path).statusCode()).as(path).isEqualTo(200);
    }
    assertThat(with("Bearer " + TOKEN)).isEqualTo(200);
    assertThat(with("bearer " + TOKEN)).isEqualTo(200);
    assertThat(with("Basic " + base64("user:" + TOKEN))).isEqualTo(200);
    for (String wrong :
        List.of(
            "Bearer",
            "Bearer x",
            "Bearer " + TOKEN + "x",
            TOKEN,
            "Basic " + base64(TOKEN + ":"),
            "Basic ***",
            "Digest x")) {
      assertThat(with(wrong)).as(wrong).isEqualTo(401);
    }
  }

  /** Whoever may not call has no memory of the server for the body of the request. */
  @Test
  void whoHasNoTokenIsRefusedBeforeTheBodyHasCome() throws IOException {
    URI address = URI.create(guarded.server.address());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout(5_000);
      String head =
          "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: 1000000\r\n\r\n{";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 401").contains("requires its token");
    }
  }

  private static int with(String authorization) {
    return guarded
        .send(guarded.request("/api/jobs").header("Authorization", authorization).build())
        .statusCode();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anAddressThatOthersReachNeedsAToken(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> ServerSettings.USUAL.withAddress("0.0.0.0", 0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(
            "the address 0.0.0.0 can be reached from other machines, so the server needs a token that callers must know");
    Path file = folder.resolve("token");
    Files.writeString(file, TOKEN + "\nmore\n");
    assertThat(
            ServerSettings.USUAL.withToken(AccessToken.read(file)).withAddress("0.0.0.0", 0).host())
        .isEqualTo("0.0.0.0");
    Files.writeString(file, "short\n");
    assertThatThrownBy(() -> AccessToken.read(file))
        .hasMessage("the token must have at least 16 characters but has 5");
  }

  @Test
  void anAnswerTellsABrowserToKeepItToItself() {
    var headers = open.get("/").headers();

    assertThat(headers.firstValue("content-security-policy").orElse(""))
        .contains("default-src 'none'", "frame-ancestors 'none'");
    assertThat(headers.firstValue("x-content-type-options")).contains("nosniff");
    assertThat(headers.firstValue("server")).isEmpty();
    assertThat(open.get("/api/%2e%2e/x").headers().firstValue("x-content-type-options"))
        .contains("nosniff");
    assertThat(open.get("/api/jobs").headers().firstValue("access-control-allow-origin")).isEmpty();
  }

  @Test
  void tooManyBytesAreRefusedBeforeTheyAreRead() throws IOException {
    String declared =
        "POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{";
    assertThat(raw(open, declared)).startsWith("HTTP/1.1 413");
    StringBuilder chunks =
        new StringBuilder(
            "POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 33; i++) {
      chunks.append("8000\r\n").append(" ".repeat(0x8000)).append("\r\n");
    }
    assertThat(raw(open, chunks + "0\r\n\r\n")).startsWith("HTTP/1.1 413");
  }

  @Test
  void whatIsNoHttpIsAnsweredInJsonToo() throws IOException {
    for (String bytes :
        List.of(
            "GET / HTTP/9.9\r\n\r\n",
            "\u0016\u0003\u0001\u0002\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(20000) + "\r\n\r\n")) {
      assertThat(raw(open, bytes))
          .matches("(?s)HTTP/1.1 (4..|505).*")
          .contains("{\"error\":{\"message\":\"the ")
          .doesNotContainIgnoringCase("jetty");
    }
  }
}
