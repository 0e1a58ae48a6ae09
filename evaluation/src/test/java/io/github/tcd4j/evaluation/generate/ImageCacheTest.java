package io.github.tcd4j.evaluation.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.ColourGenerator;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.evaluation.dataset.Prompts;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCacheTest {
  private static final Prompts PROMPTS =
      new Prompts("few", List.of("red", "green", "blue", "grey", "pink"), 7);
  private static final EvaluationPoint SETUP = SamplerConfig.of("DPM++ 2M", "dpm++2m").at(4);

  @TempDir Path folder;
  private final ColourGenerator generator = new ColourGenerator();

  private ImageSet pictures(Generator generator) {
    return new ImageCache(folder, 2).pictures(SETUP, PROMPTS, generator, (done, total) -> {});
  }

  private Path place() throws IOException {
    try (Stream<Path> places = Files.list(folder)) {
      return places.findFirst().orElseThrow();
    }
  }

  @Test
  void whatWasGeneratedComesBackPixelByPixel() {
    try (Scope scope = Scope.inference()) {
      ImageSet pictures = pictures(generator);
      assertThat(pictures.size()).isEqualTo(5);
      Tensor blue = pictures.pixels(1, 3).select(0, 1);
      byte[] generated = generator.generate(SETUP, List.of("blue"), 9).get(0).rgb();
      assertThat(blue.permute(1, 2, 0).toByteArray()).isEqualTo(generated);
    }
  }

  @Test
  void nothingIsGeneratedTwice() {
    ImageSet first = pictures(generator);
    assertThat(generator.calls).hasSize(3);
    ImageSet second = pictures(new ColourGenerator().failingAfter(0));
    assertThat(second.identity()).isEqualTo(first.identity());
  }

  @Test
  void aStoppedRunGoesOnWithTheBatchInWhichItWasStopped() {
    assertThatThrownBy(() -> pictures(new ColourGenerator().failingAfter(1))).hasMessage("stopped");
    pictures(generator);
    assertThat(generator.calls).containsExactly("DPM++ 2M 4 blue", "DPM++ 2M 4 pink");
  }

  @Test
  void twoThatFillOneFolderShareItsBatches() throws IOException {
    CompletableFuture<Void> started = new CompletableFuture<>();
    CompletableFuture<Void> waiting = new CompletableFuture<>();
    ColourGenerator others = new ColourGenerator();
    Generator slow =
        new Generator() {
          @Override
          public EvaluationPoint settle(EvaluationPoint point) {
            return others.settle(point);
          }

          @Override
          public String identity(EvaluationPoint point) {
            return others.identity(point);
          }

          @Override
          public List<Image> generate(EvaluationPoint point, List<String> captions, long seed) {
            started.complete(null);
            waiting.orTimeout(30, TimeUnit.SECONDS).join();
            return others.generate(point, captions, seed);
          }
        };
    CompletableFuture<ImageSet> theirs = CompletableFuture.supplyAsync(() -> pictures(slow));
    started.orTimeout(30, TimeUnit.SECONDS).join();
    List<Integer> seen = new ArrayList<>();
    ImageSet own =
        new ImageCache(folder, 2)
            .pictures(
                SETUP,
                PROMPTS,
                generator,
                (done, total) -> {
                  seen.add(done);
                  if (seen.size() > 4) { // two batches, and looks at the one that is not done
                    waiting.complete(null);
                  }
                });
    assertThat(theirs.join().identity()).isEqualTo(own.identity());
    assertThat(generator.calls).containsExactly("DPM++ 2M 4 blue", "DPM++ 2M 4 pink");
    assertThat(others.calls).containsExactly("DPM++ 2M 4 red");
    assertThat(seen).startsWith(2, 3, 3, 3, 3).endsWith(5);
    try (Stream<Path> files = Files.list(place())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(n -> n.endsWith("lock"));
    }
  }

  @Test
  void whatADeadProcessHeldIsFree() throws IOException {
    pictures(generator);
    Files.delete(place().resolve("00000.png"));
    Files.createFile(place().resolve(".00000.lock"));
    pictures(generator);
    assertThat(place().resolve("00000.png")).exists();
  }

  @Test
  void aPictureThatIsMissingIsGeneratedAgainInTheCompanyThatItHad() throws IOException {
    pictures(generator);
    Files.delete(place().resolve("00003.png"));
    generator.calls.clear();
    pictures(generator);
    assertThat(generator.calls).containsExactly("DPM++ 2M 4 blue");
  }

  @Test
  void everyChangeThatMattersHasAFolderOfItsOwn() {
    List<String> identities = new ArrayList<>();
    ImageCache cache = new ImageCache(folder, 2);
    Prompts later = new Prompts("few", PROMPTS.captions(), 8);
    Prompts other = new Prompts("few", List.of("red"), 7);
    SamplerConfig sampler = SamplerConfig.of("DPM++ 2M", "dpm++2m");
    List<EvaluationPoint> points =
        List.of(
            SETUP,
            sampler.at(5),
            sampler.at(4, 3.0),
            sampler.withSpacing("trailing").at(4),
            SamplerConfig.of("DPM++ 2M", "euler").at(4));
    for (EvaluationPoint point : points) {
      identities.add(cache.pictures(point, PROMPTS, generator, (done, total) -> {}).identity());
    }
    for (Prompts prompts : List.of(later, other)) {
      identities.add(cache.pictures(SETUP, prompts, generator, (done, total) -> {}).identity());
    }
    assertThat(identities).doesNotHaveDuplicates();
  }

  @Test
  void theFolderSaysWhatItHolds() throws IOException {
    pictures(generator);
    assertThat(place().getFileName().toString()).startsWith("dpmpp-2m-4-few-");
    assertThat(place().resolve("settings.json"))
        .content()
        .contains("\"generator\" : \"colours\"", "\"point\" : \"dpm++2m steps=4\"", "\"seed\" : 7");
    assertThat(PngMetadata.read(place().resolve("00002.png")).texts())
        .containsEntry("caption", "blue");
  }

  @Test
  void aDamagedPictureIsNamed() throws IOException {
    ImageSet pictures = pictures(generator);
    Path file = place().resolve("00001.png");
    Files.writeString(file, "no picture");
    assertThatThrownBy(() -> pictures.pixels(0, 3))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("00001.png is no RGB picture; delete it to generate it again");
  }
}
