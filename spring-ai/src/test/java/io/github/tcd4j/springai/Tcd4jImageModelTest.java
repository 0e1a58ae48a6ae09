package io.github.tcd4j.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.input.InputFile;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

class Tcd4jImageModelTest {
  /** The tiny model with random weights. */
  private static final Path TINY = Path.of("../pipeline/src/test/resources/tiny");

  private static final String PROMPT = "red apple";

  private static final Tcd4jImageOptions SMALL =
      Tcd4jImageOptions.builder().width(32).height(32).steps(2).seed(5L).build();

  private static TextToImage library;

  @BeforeAll
  static void open() {
    library = TextToImage.load(TINY);
  }

  @AfterAll
  static void close() {
    library.close();
  }

  private static Tcd4jImageModel model() {
    return Tcd4jImageModel.builder(library).defaults(SMALL).build();
  }

  private static Request.Builder request() {
    return Request.builder(PROMPT).steps(2).size(32, 32).seed(5);
  }

  private static byte[] expected(Request.Builder request) {
    return library.generate(request.build()).get(0).toPng();
  }

  private static byte[] call(ImageOptions options, ImageMessage... messages) {
    return bytes(model().call(new ImagePrompt(List.of(messages), options)).getResult());
  }

  private static byte[] call(ImageMessage... messages) {
    return call(Tcd4jImageOptions.NONE, messages);
  }

  private static byte[] bytes(ImageGeneration generation) {
    assertThat(generation.getOutput().getUrl()).isNull();
    return Base64.getDecoder().decode(generation.getOutput().getB64Json());
  }

  @Test
  void everyOptionReachesTheLibrary() {
    byte[] png =
        expected(
            Request.builder("red apple, flat style")
                .steps(3)
                .size(40, 48)
                .seed(7)
                .gamma(0.6)
                .guidance(3)
                .negative("blurry")
                .sampler("tcd")
                .lora("tcd", 0.5));
    Tcd4jImageOptions options =
        Tcd4jImageOptions.builder()
            .model("tiny")
            .width(40)
            .height(48)
            .responseFormat("b64_json")
            .style("flat style")
            .steps(3)
            .gamma(0.6)
            .guidance(3.0)
            .sampler("tcd")
            .seed(7L)
            .negativePrompt("blurry")
            .lora("tcd", 0.5)
            .build();

    ImageGeneration generation = model().call(new ImagePrompt(PROMPT, options)).getResult();

    assertThat(bytes(generation)).isEqualTo(png);
    assertThat(generation.getMetadata())
        .isEqualTo(new Tcd4jImageMetadata("tiny", 7, "tcd", 3, List.of(0.6), 3, 40, 48, "blurry"));
  }

  @Test
  void aCallOverridesTheDefaultsFieldByField() {
    ImageOptions portable = ImageOptionsBuilder.builder().width(40).build();
    assertThat(call(portable, new ImageMessage(PROMPT)))
        .isEqualTo(expected(request().size(40, 32)));
    assertThat(call(new ImageMessage(PROMPT))).isEqualTo(expected(request()));
    assertThat(bytes(model().call(new ImagePrompt(PROMPT)).getResult()))
        .isEqualTo(expected(request()));
    Tcd4jImageOptions none = Tcd4jImageOptions.builder().loras(List.of()).build();
    assertThat(call(none, new ImageMessage(PROMPT)))
        .isEqualTo(expected(request().loras(List.of())))
        .isNotEqualTo(expected(request()));
  }

  @Test
  void severalImagesHaveSeedsThatFollow() {
    List<byte[]> pngs =
        library.generate(request().count(3).build()).stream().map(Picture::toPng).toList();
    ImageResponse response =
        model().call(new ImagePrompt(PROMPT, ImageOptionsBuilder.builder().n(3).build()));

    assertThat(response.getResults().stream().map(Tcd4jImageModelTest::bytes).toList())
        .usingElementComparator(Arrays::compare)
        .isEqualTo(pngs);
    assertThat(response.getResults())
        .extracting(g -> ((Tcd4jImageMetadata) g.getMetadata()).seed())
        .containsExactly(5L, 6L, 7L);
  }

  @Test
  void withoutASeedEachCallHasItsOwn() {
    Tcd4jImageModel open =
        Tcd4jImageModel.builder(library)
            .defaults(Tcd4jImageOptions.builder().steps(1).width(32).height(32).build())
            .build();
    List<Long> seeds =
        List.of(1, 2, 3).stream()
            .map(i -> open.call(new ImagePrompt(PROMPT)).getResult().getMetadata())
            .map(m -> ((Tcd4jImageMetadata) m).seed())
            .distinct()
            .toList();
    assertThat(seeds).hasSize(3);
  }

  @Test
  void weightsBelowZeroSteerAwayAndOthersAreAttention() {
    byte[] png =
        expected(
            request()
                .prompt("red apple, (on a table:1.5)")
                .negative("noise, (blur:0.5)")
                .guidance(4));
    Tcd4jImageOptions options =
        Tcd4jImageOptions.builder().guidance(4.0).negativePrompt("noise").build();

    assertThat(
            call(
                options,
                new ImageMessage(PROMPT),
                new ImageMessage("blur", -0.5f),
                new ImageMessage("on a table", 1.5f),
                new ImageMessage("a dog", 0f)))
        .isEqualTo(png);
  }

  private static Media media(String name, byte[] data) {
    return Media.builder()
        .mimeType(MimeTypeUtils.IMAGE_PNG)
        .data(new ByteArrayResource(data))
        .name(name)
        .build();
  }

  private static ImageMessage message(Media... media) {
    return new ImageMessage(PROMPT, null, List.of(media), Map.of());
  }

  @Test
  void mediaIsThePictureToStartFromAndItsMask() {
    byte[] start = expected(request().seed(1));
    InputFile picture = InputFile.of("picture", start);
    Tcd4jImageOptions half = Tcd4jImageOptions.builder().strength(0.5).build();

    assertThat(call(half, message(media("start", start))))
        .isEqualTo(expected(request().image(picture).strength(0.5)));
    assertThat(call(message(media("mask", start), media("start", start))))
        .isEqualTo(expected(request().image(picture).mask(InputFile.of("mask", start))));
    assertThatThrownBy(() -> call(message(media("a", start), media("b", start))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("two pictures");
    Media address = new Media(MimeTypeUtils.IMAGE_PNG, URI.create("https://example.org/a.png"));
    assertThatThrownBy(() -> call(message(address)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("the picture must be passed as bytes; addresses are not fetched");
  }

  @Test
  void whatCannotBeIsRefusedInOneSentence() {
    assertRefused(Tcd4jImageOptions.builder().model("dall-e-3").build(), "is tiny but dall-e-3");
    assertRefused(
        Tcd4jImageOptions.builder().responseFormat("url").build(), "b64_json but was url");
    assertRefused(Tcd4jImageOptions.builder().n(0).build(), "count must be at least 1 but was 0");
    assertRefused(Tcd4jImageOptions.builder().gamma(2.0).build(), "gamma");
    assertRefused(Tcd4jImageOptions.builder().sampler("tdc").build(), "tdc");
    assertThatThrownBy(() -> call(new ImageMessage(PROMPT, Float.NaN)))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(
            () ->
                Tcd4jImageModel.builder(library)
                    .defaults(Tcd4jImageOptions.builder().sampler("tdc").build())
                    .build())
        .isInstanceOf(InvalidRequestException.class);
  }

  private static void assertRefused(Tcd4jImageOptions options, String words) {
    assertThatThrownBy(() -> call(options, new ImageMessage(PROMPT)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(words);
  }

  @Test
  void callsAreObservedAndCountedWithoutTheirPrompts() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    ObservationRegistry observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    Tcd4jImageModel model =
        Tcd4jImageModel.builder(library)
            .defaults(SMALL)
            .observations(observations)
            .meters(meters)
            .build();

    model.call(new ImagePrompt(PROMPT, Tcd4jImageOptions.builder().n(2).build()));
    assertThatThrownBy(
            () -> model.call(new ImagePrompt(PROMPT, Tcd4jImageOptions.builder().n(-1).build())))
        .isInstanceOf(InvalidRequestException.class);

    assertThat(meters.get("tcd4j.images").tag("model", "tiny").counter().count()).isEqualTo(2);
    assertThat(meters.get("tcd4j.generation").tag("outcome", "success").timer().count()).isOne();
    assertThat(meters.get("tcd4j.generation").tag("outcome", "refused").timer().count()).isOne();
    assertThat(
            meters
                .get("gen_ai.client.operation")
                .tag("gen_ai.operation.name", "image")
                .tag("gen_ai.request.model", "tiny")
                .tag("error", "none")
                .timer()
                .count())
        .isOne();
    assertThat(meters.getMeters())
        .flatExtracting(m -> m.getId().getTags())
        .noneMatch(tag -> tag.getValue().contains(PROMPT));
  }

  @Test
  void aFailureIsRememberedUntilACallSucceedsButNoRefusal() {
    TextToImage own = TextToImage.load(TINY);
    Tcd4jImageModel model = Tcd4jImageModel.builder(own).defaults(SMALL).build();
    assertThatThrownBy(
            () -> model.call(new ImagePrompt(PROMPT, Tcd4jImageOptions.builder().n(0).build())))
        .isInstanceOf(InvalidRequestException.class);
    assertThat(model.lastFailure()).isEmpty();

    own.close();
    assertThatThrownBy(() -> model.call(new ImagePrompt(PROMPT)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(model.lastFailure()).hasValueSatisfying(f -> assertThat(f).contains("closed"));
  }
}
