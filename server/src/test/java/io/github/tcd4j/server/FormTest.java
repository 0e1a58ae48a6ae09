package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests as forms, whose fields somebody may have chosen to be read as others. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FormTest {
  private static Served served;

  @BeforeAll
  static void start() {
    served = Served.usual();
  }

  @AfterAll
  static void end() {
    served.close();
  }

  private static byte[] picture(int grey) {
    byte[] rgb = new byte[3 * 16 * 16];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (grey + i % 48);
    }
    return PngWriter.encode(new Image(16, 16, rgb), Map.of());
  }

  private static Map<String, Object> form(Object... namesAndValues) {
    Map<String, Object> form = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      form.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return form;
  }

  private static JsonNode completed(HttpResponse<byte[]> response) throws Exception {
    assertThat(response.statusCode())
        .as(new String(response.body(), StandardCharsets.UTF_8))
        .isEqualTo(202);
    return served.await(Served.json(response).get("id").asText(), "completed");
  }

  private static byte[] png(JsonNode job) {
    return served.get(job.get("images").get(0).get("url").asText()).body();
  }

  @Test
  void aFormIsTheSameRequestAsItsJson() throws Exception {
    ObjectNode json =
        Served.JSON
            .createObjectNode()
            .put("prompt", "a cat")
            .put("seed", 7)
            .put("steps", 4)
            .put("strength", 0.5)
            .put("image", Base64.getEncoder().encodeToString(picture(90)))
            .put("mask", Base64.getEncoder().encodeToString(picture(200)));
    json.putArray("loras").addObject().put("name", "tcd").put("weight", 0.5);
    byte[] expected = png(completed(served.post("/api/jobs", json.toString())));

    assertThat(
            png(
                completed(
                    served.form(
                        "/api/jobs",
                        form(
                            "prompt", "a cat",
                            "seed", "7",
                            "steps", "4",
                            "strength", "0.5",
                            "loras", "[{\"name\": \"tcd\", \"weight\": 0.5}]",
                            "image", picture(90),
                            "mask", picture(200))))))
        .isEqualTo(expected);
    json.remove(List.of("image", "mask"));
    for (Object request :
        List.of(json.toString(), json.toString().getBytes(StandardCharsets.UTF_8))) {
      assertThat(
              png(
                  completed(
                      served.form(
                          "/api/jobs",
                          form("image", picture(90), "request", request, "mask", picture(200))))))
          .isEqualTo(expected);
    }
  }

  @Test
  void aTextIsWhatWasSentWhateverItContains() throws Exception {
    for (String prompt :
        List.of(
            "a\", \"seed\": 9, \"x\": \"",
            "a\\",
            "a\\u0022}",
            "line\nand\r\nline",
            "{\"seed\": 9}",
            "\"quoted\"",
            "\u2028 \u0001")) {
      JsonNode job =
          completed(
              served.form(
                  "/api/jobs",
                  form("prompt", prompt, "seed", "5", "steps", "1", "syntax", "plain")));
      assertThat(job.at("/request/prompt").asText()).isEqualTo(prompt);
      assertThat(job.at("/request/seed").asLong()).isEqualTo(5);
    }
  }

  @Test
  void aValueCannotBringOtherFieldsIn() {
    for (String steps :
        List.of(
            "1, \"seed\": 9",
            "1,\"value\":2",
            "1}",
            "1} {\"seed\": 9}",
            "1\n,\"prompt\":\"b\"",
            "1 2",
            "1 //",
            "{\"steps\": 1}",
            "[1]",
            "\"1\"",
            "",
            " ",
            "NaN",
            "one")) {
      for (String address : List.of("/api/jobs", "/v1/images/edits")) {
        HttpResponse<byte[]> response =
            served.form(address, form("image", picture(1), "prompt", "a", "steps", steps));
        assertThat(response.statusCode()).as(address + " " + steps).isEqualTo(400);
        assertThat(Served.json(response).at("/error/message").asText())
            .as(address + " " + steps)
            .startsWith("steps ");
      }
    }
  }

  @Test
  void nothingIsGivenTwiceUnderAnyOfItsNames() {
    String request = "{\"prompt\": \"b\"}";
    for (Map<String, Object> twice :
        List.of(
            form("prompt", "a", "image", picture(1), "image[]", picture(2)),
            form("prompt", "a", "image[]", "\"AAAA\"", "image", picture(1)),
            form("prompt", "a", "request", request),
            form("prompt", "a", "prompt[]", "b"),
            form("request", request, "request[]", request.getBytes(StandardCharsets.UTF_8)),
            form("request", "{\"prompt\": \"b\", \"image\": \"AAAA\"}", "image", picture(1)))) {
      HttpResponse<byte[]> response = served.form("/api/jobs", twice);
      assertThat(response.statusCode()).as(twice.keySet().toString()).isEqualTo(400);
      assertThat(Served.json(response).at("/error/message").asText())
          .as(twice.keySet().toString())
          .matches("(prompt|image) must be given once");
    }
  }

  @Test
  void aFormThatIsNoneIsRefused() {
    for (Map<String, Object> wrong :
        List.of(
            form("prompt", "a", "gama", "1"),
            form("prompt", picture(1)),
            form("prompt", "a", "steps", picture(1)),
            form("prompt", "a", "controls[0].image", picture(1)),
            form("request", "[1]"),
            form("request", "{\"prompt\": "),
            form("nothing", "1"),
            form())) {
      HttpResponse<byte[]> response = served.form("/api/jobs", wrong);
      assertThat(response.statusCode()).as(wrong.keySet().toString()).isEqualTo(400);
      assertThat(Served.json(response).at("/error/message").asText()).isNotBlank();
    }
  }
}
