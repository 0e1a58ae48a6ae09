package io.github.tcd4j.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

class ImageApplicationTest {
  private static ConfigurableApplicationContext context;

  @BeforeAll
  static void start() {
    context =
        SpringApplication.run(
            ImageApplication.class,
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--spring.ai.tcd4j.model=../../emoji");
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  private static HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    String port = context.getEnvironment().getRequiredProperty("local.server.port");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String text(String path) throws IOException, InterruptedException {
    return new String(get(path).body(), StandardCharsets.UTF_8);
  }

  @Test
  void aPromptIsAnsweredWithTheImageOfTheLibrary() throws Exception {
    HttpResponse<byte[]> response =
        get("/images?prompt=red+apple,+fluent+3d+style&seed=42&gamma=0.5");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("image/png");
    Request request = Request.builder("red apple, fluent 3d style").seed(42).gamma(0.5).build();
    assertThat(response.body())
        .isEqualTo(context.getBean(TextToImage.class).generate(request).get(0).toPng());
    assertThat(text("/actuator/metrics/tcd4j.images")).contains("\"model\"", "emoji");
    assertThat(text("/actuator/metrics/gen_ai.client.operation")).contains("\"image\"");
  }

  @Test
  void whatCannotBeIsABadRequestInOneSentence() throws Exception {
    HttpResponse<byte[]> response = get("/images?prompt=red+apple&gamma=2");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(new String(response.body(), StandardCharsets.UTF_8))
        .contains("\"detail\":\"gamma must be");
  }

  @Test
  void theModelIsPartOfTheApplicationsHealth() throws Exception {
    assertThat(get("/actuator/health").statusCode()).isEqualTo(200);
    assertThat(text("/actuator/health/tcd4j")).contains("\"UP\"", "\"model\":\"emoji\"");
  }
}
