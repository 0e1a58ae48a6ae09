package io.github.tcd4j.server;

import static io.github.tcd4j.server.HostileJson.any;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What somebody sends who should not.
 *
 * @param whole whether it may be a request to its end; else the sender ends what it sends
 * @param slow whether it is the begin of a request, of which the rest comes byte by byte
 */
record HostileRequest(byte[] bytes, boolean whole, boolean slow) {
  /** One of so many is slow: each takes its sender a second. */
  private static final int SLOW = 100;

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

  private static final List<String> HEADERS =
      List.of(
          "Host: localhost",
          "Host: evil.example",
          "Host: 127.0.0.1:1:2",
          "Host:",
          "Origin: http://evil.example",
          "Origin: null",
          "Content-Length: -1",
          "Content-Length: 5\r\nContent-Length: 6",
          "Content-Length: 99999999999999999999",
          "Transfer-Encoding: chunked, identity",
          "Transfer-Encoding: \u000bchunked",
          "Expect: 100-continue",
          "Expect: 200-ok",
          "Authorization: Bearer " + "x".repeat(3000),
          "Authorization: Basic \u00ff",
          "Cookie: a=b; a=b; $Version=1",
          "Range: bytes=0-,0-,0-",
          "Accept: */*;q=NaN",
          "Accept-Encoding: gzip, br, x" + "y".repeat(100),
          "Upgrade: websocket",
          "Upgrade: h2c\r\nHTTP2-Settings: AAAA",
          "X-Forwarded-For: ' OR 1=1",
          "X-HTTP-Method-Override: DELETE",
          "Last-Event-ID: -99999999999999999999",
          "If-None-Match: \"" + "z".repeat(500) + "\"",
          "X: " + "h".repeat(9000),
          "X y: z",
          ": empty",
          "folded: a\r\n b",
          "Nul: a\0b");

  private static final List<String> METHODS =
      List.of(
          "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "get",
          "X");

  private static final List<String> TYPES =
      List.of(
          "text/plain",
          "multipart/form-data; boundary=x",
          "multipart/form-data",
          "application/json; charset=utf-16",
          "application/json; charset=none",
          "application/jsonp",
          "application/x-www-form-urlencoded",
          "",
          "\u00e9");

  static HostileRequest of(SplittableRandom random) {
    int kind = random.nextInt(16);
    byte[] bytes = request(kind, random).getBytes(StandardCharsets.ISO_8859_1);
    if (random.nextInt(16) == 0) {
      return new HostileRequest(damaged(random, bytes), false, false);
    }
    if (random.nextInt(SLOW) == 0) {
      return new HostileRequest(begin(random).getBytes(StandardCharsets.ISO_8859_1), true, true);
    }
    // Headers, chunks and garbage may promise more than comes.
    return new HostileRequest(bytes, kind < 9 || kind > 12, false);
  }

  /** All texts here hold bytes: one for each character. */
  private static String request(int kind, SplittableRandom random) {
    return switch (kind) {
      case 0, 1 -> get(any(random, PATHS));
      case 2 -> post(any(random, POSTS), utf8(HostileJson.of(random)), any(random, TYPES));
      case 3, 4 -> post("/api/picture-settings", latin1(HostilePictures.of(random)), "image/png");
      case 5, 6 ->
          post(
              any(random, List.of("/api/jobs", "/sdapi/v1/img2img", "/v1/images/generations")),
              HostileJson.withPicture(random, HostilePictures.of(random)),
              "application/json");
      case 7, 8 -> form(random);
      case 9, 10 -> headers(random);
      case 11 -> chunked(random);
      // After a request that is answered comes what is none; the last of it ends the connection.
      case 12 -> "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + garbage(random);
      default -> post(any(random, POSTS), utf8(HostileJson.of(random)), "application/json");
    };
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  }

  private static String post(String path, String body, String type) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
        + type
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String form(SplittableRandom random) {
    StringBuilder o = new StringBuilder();
    String[] names = {"image", "mask", "image[]", "prompt", HostileJson.field(random), ""};
    for (int i = random.nextInt(6); i >= 0; i--) {
      boolean file = random.nextBoolean();
      o.append("--x\r\nContent-Disposition: form-data; name=\"")
          .append(names[random.nextInt(names.length)])
          .append(file ? "\"; filename=\"../../../x.png\"\r\nContent-Type: image/png" : "\"")
          .append("\r\n\r\n")
          .append(file ? latin1(HostilePictures.of(random)) : utf8(HostileJson.value(random)))
          .append("\r\n");
    }
    String end = random.nextInt(6) == 0 ? "" : "--x--\r\n";
    String path = any(random, List.of("/v1/images/edits", "/v1/images/variations", "/api/jobs"));
    return post(path, o + end, "multipart/form-data; boundary=x");
  }

  /** Up to somewhere in the headers, or in a body whose end is far away. */
  private static String begin(SplittableRandom random) {
    String head =
        "POST "
            + any(random, POSTS)
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            + any(
                random,
                List.of("application/json", "multipart/form-data; boundary=x", "image/png"));
    if (random.nextBoolean()) {
      return head.substring(0, 1 + random.nextInt(head.length()));
    }
    return head
        + any(random, List.of("\r\nContent-Length: 9000000", "\r\nTransfer-Encoding: chunked"))
        + "\r\n\r\n"
        + any(random, List.of("", "f", "{\"a", "--x\r\n", "\u0089PNG"));
  }

  private static String headers(SplittableRandom random) {
    StringBuilder o =
        new StringBuilder(any(random, METHODS) + " " + any(random, POSTS) + " HTTP/1.1\r\n");
    for (int i = random.nextInt(5); i >= 0; i--) {
      o.append(any(random, HEADERS)).append("\r\n");
    }
    for (int i = random.nextInt(20) == 0 ? 500 : 0; i > 0; i--) {
      o.append("X-").append(i).append(": a\r\n");
    }
    return o + "Connection: close\r\n\r\n";
  }

  private static String chunked(SplittableRandom random) {
    String size =
        any(random, List.of("ffffffffffffffff", "-1", "7fffffff", "zz", "", "5;x=y", "0005"));
    return "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + size
        + "\r\n{\"a\":\r\n0\r\n\r\n";
  }

  private static String garbage(SplittableRandom random) {
    byte[] bytes = new byte[1 + random.nextInt(200)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt(256);
    }
    return latin1(bytes) + "\r\n\r\n";
  }

  private static String utf8(String text) {
    return latin1(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Some bytes changed, or the end lost. */
  private static byte[] damaged(SplittableRandom random, byte[] request) {
    byte[] bytes = request.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(3) == 0 ? Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length)) : bytes;
  }
}
