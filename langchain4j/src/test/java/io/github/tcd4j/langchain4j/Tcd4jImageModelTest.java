package io.github.tcd4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.output.Response;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Picture;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.input.InputFile;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Tcd4jImageModelTest {
  /** The tiny model with random weights. */
  private static final Path TINY = Path.of("../pipeline/src/test/resources/tiny");

  private static final String PROMPT = "red apple";

  private static TextToImage library;

  @BeforeAll
  static void open() {
    library = TextToImage.load(TINY);
  }

  @AfterAll
  static void close() {
    library.close();
  }

  private static Tcd4jImageModel.Builder shared() {
    return Tcd4jImageModel.builder().model(library).steps(2).size(32, 32);
  }

  private static Request.Builder request() {
    return Request.builder(PROMPT).steps(2).size(32, 32);
  }

  private static byte[] bytes(Image image) {
    assertThat(image.mimeType()).isEqualTo("image/png");
    return Base64.getDecoder().decode(image.base64Data());
  }

  private static Image image(byte[] png) {
    return Image.builder()
        .base64Data(Base64.getEncoder().encodeToString(png))
        .mimeType("image/png")
        .build();
  }

  @Test
  void aPictureIsByteForByteThatOfTheLibrary() {
    byte[] png =
        library
            .generate(
                request()
                    .gamma(0.6)
                    .guidance(3)
                    .negative("blurry")
                    .sampler("tcd")
                    .lora("tcd", 0.5)
                    .seed(7)
                    .build())
            .get(0)
            .toPng();

    Response<Image> response =
        shared()
            .gamma(0.6)
            .guidance(3.0)
            .negativePrompt("blurry")
            .sampler("tcd")
            .lora("tcd", 0.5)
            .seed(7L)
            .build()
            .generate(PROMPT);

    assertThat(bytes(response.content())).isEqualTo(png);
    assertThat(response.metadata())
        .containsEntry("seed", 7L)
        .containsEntry("sampler", "tcd")
        .containsEntry("steps", 2)
        .containsEntry("guidance", 3.0)
        .containsEntry("gamma", 0.6)
        .containsEntry("width", 32)
        .containsEntry("height", 32)
        .containsEntry("model", "tiny");
  }

  @Test
  void severalPicturesHaveSeedsThatFollow() {
    List<byte[]> expected =
        library.generate(request().seed(3).count(3).build()).stream().map(Picture::toPng).toList();

    List<Image> images = shared().seed(3L).build().generate(PROMPT, 3).content();

    assertThat(images.stream().map(Tcd4jImageModelTest::bytes).toList())
        .usingElementComparator(Arrays::compare)
        .isEqualTo(expected);
  }

  @Test
  void withoutASeedEachCallHasItsOwnAndTellsIt() {
    Tcd4jImageModel open = shared().build();
    Response<Image> one = open.generate(PROMPT);
    Response<Image> two = open.generate(PROMPT);

    assertThat(one.metadata().get("seed")).isNotEqualTo(two.metadata().get("seed"));
    Response<Image> again =
        shared().seed((Long) one.metadata().get("seed")).build().generate(PROMPT);
    assertThat(bytes(again.content())).isEqualTo(bytes(one.content()));
  }

  @Test
  void anEditStartsFromThePictureAtItsStrength() {
    byte[] start = library.generate(request().seed(1).build()).get(0).toPng();
    byte[] expected =
        library
            .generate(
                Request.builder(PROMPT)
                    .steps(2)
                    .image(InputFile.of("picture", start))
                    .strength(0.5)
                    .seed(9)
                    .build())
            .get(0)
            .toPng();
    Tcd4jImageModel model =
        Tcd4jImageModel.builder().model(library).steps(2).strength(0.5).seed(9L).build();

    assertThat(bytes(model.edit(image(start), PROMPT).content())).isEqualTo(expected);
    URI address = URI.create("data:image/png;base64," + image(start).base64Data());
    Image inline = Image.builder().url(address).build();
    assertThat(bytes(model.edit(inline, PROMPT).content())).isEqualTo(expected);
  }

  @Test
  void anEditKeepsWhatIsBlackInTheMask() throws IOException {
    Picture start = library.generate(request().seed(1).build()).get(0);
    BufferedImage mask = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = mask.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(16, 0, 16, 32);
    graphics.dispose();

    byte[] png =
        bytes(
            shared()
                .seed(9L)
                .build()
                .edit(image(start.toPng()), image(png(mask)), PROMPT)
                .content());

    BufferedImage result = ImageIO.read(new ByteArrayInputStream(png));
    BufferedImage before = start.toBufferedImage();
    int changed = 0;
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        boolean same = (result.getRGB(x, y) & 0xffffff) == (before.getRGB(x, y) & 0xffffff);
        if (x < 16) {
          assertThat(same).as("pixel %d, %d", x, y).isTrue();
        } else if (!same) {
          changed++;
        }
      }
    }
    assertThat(changed).isGreaterThan(100);
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  @Test
  void callersOnSeveralThreadsGetTheirOwnPictures() throws Exception {
    List<byte[]> expected = new ArrayList<>();
    List<Future<byte[]>> made = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (long seed = 0; seed < 8; seed++) {
        Tcd4jImageModel own = shared().seed(seed).build();
        made.add(threads.submit(() -> bytes(own.generate(PROMPT).content())));
        expected.add(library.generate(request().seed(seed).build()).get(0).toPng());
      }
      for (int i = 0; i < expected.size(); i++) {
        assertThat(made.get(i).get()).isEqualTo(expected.get(i));
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aModelThatItOpenedIsClosedWithItASharedOneIsNot() {
    Tcd4jImageModel owned = Tcd4jImageModel.builder().model(TINY).preload(true).steps(1).build();
    assertThat(bytes(owned.generate(PROMPT).content())).isNotEmpty();
    owned.close();
    assertThatThrownBy(() -> owned.generate(PROMPT)).isInstanceOf(IllegalStateException.class);

    shared().build().close();
    assertThat(library.generate(request().build())).hasSize(1);
  }

  @Test
  void whatCannotBeIsRefusedWhenTheModelIsBuilt() {
    assertThatThrownBy(() -> Tcd4jImageModel.builder().model(Path.of("nowhere")).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("model nowhere does not exist");
    assertThatThrownBy(() -> Tcd4jImageModel.builder().model(Path.of("src")).build())
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Tcd4jImageModel.builder().build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no model is named");
    assertThatThrownBy(() -> shared().sampler("tdc"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("tdc");
    assertThatThrownBy(() -> shared().strength(1.5).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("strength");
    assertThatThrownBy(() -> shared().lora("missing", 1).build()).hasMessageContaining("missing");
  }

  @Test
  void aPictureToEditIsNeitherFetchedNorGuessed() {
    Tcd4jImageModel model = shared().build();
    Image address = Image.builder().url(URI.create("https://example.org/a.png")).build();
    assertThatThrownBy(() -> model.edit(address, PROMPT))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("the picture must be given as base64 data; addresses are not fetched");
    Image file = Image.builder().url(URI.create("file:///etc/hostname")).build();
    assertThatThrownBy(() -> model.edit(file, PROMPT)).isInstanceOf(InvalidRequestException.class);
    Image damaged = Image.builder().base64Data("%%%").build();
    assertThatThrownBy(() -> model.edit(damaged, PROMPT))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("not valid base64");
    assertThatThrownBy(() -> model.edit(image(new byte[] {1, 2, 3}), PROMPT))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no image");
    assertThatThrownBy(() -> model.generate(PROMPT, 0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("count");
  }
}
