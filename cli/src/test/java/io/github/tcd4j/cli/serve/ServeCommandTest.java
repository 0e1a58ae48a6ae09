package io.github.tcd4j.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Main;
import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.decode.ImageDecoder;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeCommandTest {
  private static final Pattern BASE64 = Pattern.compile("\"b64_json\":\"([^\"]*)\"");

  @TempDir Path folder;
  private @Nullable Process process;

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  /** The process as the launcher starts it. */
  private Process start(Object... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.openblas.load=mkl",
            "-Dtcd4j.home=" + Path.of("..").toRealPath(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Main.class.getName()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    process = new ProcessBuilder(command).redirectError(folder.resolve("err").toFile()).start();
    return process;
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void itServesTheEmbeddedModelAtThePrintedAddressUntilItIsTerminated() throws Exception {
    Process server = start("serve", "--port", 0, "--log", "--output", folder.resolve("out"));
    BufferedReader out = server.inputReader();
    String address = address(out);
    HttpResponse<String> answer =
        post(address, "/v1/images/generations", "{\"prompt\": \"red apple\", \"seed\": 1}");
    server.toHandle().destroy();

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"b64_json\":\"iVBORw0KGgo");
    assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(out.lines().toList())
        .anyMatch(l -> l.contains("\"event\":\"job\"") && l.contains("\"state\":\"completed\""))
        .noneMatch(l -> l.contains("red apple"))
        .last()
        .asString()
        .contains("\"event\":\"model_freed\"");
    assertThat(Files.readString(folder.resolve("err"))).isEqualTo("\ntcd4j: shutting down\n");
    try (Stream<Path> pictures = Files.list(folder.resolve("out"))) {
      assertThat(pictures).hasSize(1);
    }
  }

  private static String address(BufferedReader out) throws Exception {
    String line = out.readLine();
    while (!line.startsWith("serving on ")) {
      line = out.readLine();
    }
    return line.split(" ")[2];
  }

  private static HttpResponse<String> post(String address, String path, String json)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whatAClientGotIsWholeInTheFolderAfterTheProcessIsKilledAndTheNextOneGoesOn()
      throws Exception {
    Path kept = folder.resolve("kept");
    List<String> promised = new ArrayList<>();
    for (int life = 1; life <= 2; life++) {
      Process server = start("serve", "-m", Tcd4j.tiny(), "--port", 0, "--output", kept);
      String address = address(server.inputReader());
      String request = "{\"prompt\": \"a\", \"steps\": 1, \"n\": 2, \"seed\": " + life + "}";
      HttpResponse<String> answer = post(address, "/v1/images/generations", request);
      assertThat(answer.statusCode()).isEqualTo(200);
      BASE64.matcher(answer.body()).results().forEach(m -> promised.add(m.group(1)));
      // It works on, and writes, while it is killed.
      for (int i = 0; i < 20; i++) {
        post(
            address, "/api/jobs", "{\"prompt\": \"a\", \"steps\": 1, \"count\": 64, \"batch\": 1}");
      }
      server.destroyForcibly().waitFor();
    }

    assertThat(promised).hasSize(4);
    try (Stream<Path> files = Files.list(kept)) {
      List<Path> pictures = files.filter(f -> !f.getFileName().toString().startsWith(".")).toList();
      assertThat(pictures)
          .hasSizeGreaterThanOrEqualTo(promised.size())
          .allSatisfy(
              f -> {
                assertThat(f).hasExtension("png");
                assertThat(ImageDecoder.decode(Files.readAllBytes(f)).width()).isEqualTo(16);
              });
      List<String> contents = new ArrayList<>();
      for (Path picture : pictures) {
        contents.add(Base64.getEncoder().encodeToString(Files.readAllBytes(picture)));
      }
      assertThat(contents).containsAll(promised);
    }
  }

  @Test
  void whatIsWrongIsFoundBeforeTheServerStarts() throws Exception {
    record Case(List<Object> arguments, String sentence) {}
    Path token = Files.writeString(folder.resolve("token"), "short");
    for (Case c :
        List.of(
            new Case(List.of("-m", folder.resolve("none")), "does not exist"),
            new Case(
                List.of("-m", Tcd4j.tiny(), "--host", "0.0.0.0"),
                "can be reached from other machines, so the server needs a token that callers must"
                    + " know; use --token FILE, or --host 127.0.0.1"),
            new Case(List.of("-m", Tcd4j.tiny(), "--token", token), "at least 16 characters"),
            new Case(
                List.of("-m", Tcd4j.tiny(), "--port", "99999"),
                "port must be in [0, 65535] but was 99999"),
            new Case(
                List.of("-m", Tcd4j.tiny(), "--name", "*.example.org"),
                "without port or wildcard, but was *.example.org"),
            new Case(List.of("-m", Tcd4j.tiny(), "-m", Tcd4j.tiny()), "two models are called tiny"),
            new Case(List.of("-m", Tcd4j.tiny(), "--queue", "0"), "at least 1 place"))) {
      List<Object> arguments = new ArrayList<>(List.of("serve"));
      arguments.addAll(c.arguments);
      Tcd4j run = Tcd4j.run(arguments.toArray());

      assertThat(run.exitCode()).as(c.sentence).isEqualTo(ExitCode.USAGE);
      assertThat(run.err()).contains(c.sentence);
      assertThat(run.err().contains("use --token")).isEqualTo(c.sentence.contains("use --token"));
    }
  }
}
