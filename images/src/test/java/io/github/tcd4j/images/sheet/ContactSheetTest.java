package io.github.tcd4j.images.sheet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
  private static Image colour(int size, int rgb) {
    byte[] bytes = new byte[3 * size * size];
    for (int i = 0; i < bytes.length; i += 3) {
      bytes[i] = (byte) (rgb >> 16);
      bytes[i + 1] = (byte) (rgb >> 8);
      bytes[i + 2] = (byte) rgb;
    }
    return new Image(size, size, bytes);
  }

  private static long count(Image sheet, int rgb) {
    long n = 0;
    for (int i = 0; i < sheet.rgb().length; i += 3) {
      int pixel =
          (sheet.rgb()[i] & 0xff) << 16
              | (sheet.rgb()[i + 1] & 0xff) << 8
              | (sheet.rgb()[i + 2] & 0xff);
      n += pixel == rgb ? 1 : 0;
    }
    return n;
  }

  @Test
  void picturesAreEnlargedWithoutSmoothingAndGapsStayWhite() throws Exception {
    ContactSheet sheet =
        new ContactSheet(
            "Gamma sweep, red apple, fluent 3d style, seed 42",
            List.of("gamma 0", "gamma 0.3", "gamma 1"),
            List.of(
                new ContactSheet.Row(
                    "TCD\n4 steps",
                    Arrays.asList(
                        colour(64, 0xff0000), colour(64, 0x00ff00), colour(64, 0x0000ff))),
                new ContactSheet.Row("LCM", Arrays.asList(colour(64, 0xff00ff), null))));
    Image rendered = sheet.render();
    Files.createDirectories(Path.of("target"));
    PngWriter.write(Path.of("target", "sheet.png"), rendered, Map.of());

    for (int rgb : new int[] {0xff0000, 0x00ff00, 0x0000ff, 0xff00ff}) {
      assertThat(count(rendered, rgb)).isEqualTo(128 * 128);
    }
    assertThat(count(rendered, 0xffffff)).isGreaterThan(128 * 128);
  }

  @Test
  void labelsLeaveInk() {
    ContactSheet.Row row = new ContactSheet.Row("", List.of(colour(128, 0xff0000)));
    Image plain = new ContactSheet("", List.of(), List.of(row)).render();
    Image labelled = new ContactSheet("A title", List.of("column"), List.of(row)).render();

    assertThat(count(plain, 0x202124)).isZero();
    assertThat(count(labelled, 0x202124)).isGreaterThan(100);
    assertThat(labelled.height()).isGreaterThan(plain.height() + 30);
  }

  @Test
  void aSheetWithoutPicturesIsRefused() {
    assertThatThrownBy(() -> new ContactSheet("", List.of(), List.of()))
        .hasMessageContaining("at least one picture");
  }

  @Test
  void sectionsStandApartUnderTheirHeadings() {
    Image red = colour(128, 0xff0000);
    ContactSheet.Row row = new ContactSheet.Row("apple", List.of(red, red, red));
    List<String> columns = List.of("2", "4", "4");
    Image plain = new ContactSheet("", columns, List.of(row)).render();
    Image sectioned =
        new ContactSheet(
                "",
                List.of(new ContactSheet.Section("LCM", 2), new ContactSheet.Section("TCD", 1)),
                columns,
                List.of(row))
            .render();

    assertThat(count(sectioned, 0xff0000)).isEqualTo(3 * 128 * 128);
    assertThat(sectioned.width()).isGreaterThan(plain.width());
    assertThat(sectioned.height()).isGreaterThan(plain.height() + 20);
  }

  @Test
  void sectionsMustCoverTheColumns() {
    ContactSheet.Row row = new ContactSheet.Row("", List.of(colour(64, 0)));

    assertThatThrownBy(
            () ->
                new ContactSheet(
                    "", List.of(new ContactSheet.Section("LCM", 2)), List.of("4"), List.of(row)))
        .hasMessage("the sections have 2 columns but there are 1");
  }

  @Test
  void picturesWithoutLabelsFillTheirRowsInOrder() {
    List<Image> images = List.of(colour(128, 0xff0000), colour(128, 0x00ff00), colour(128, 0xff));

    Image sheet = ContactSheet.of(images, 2).render();

    assertThat(sheet.width()).isEqualTo(2 * 128 + 3 * 10);
    assertThat(sheet.height()).isEqualTo(2 * 128 + 4 * 10);
    assertThat(count(sheet, 0xff0000)).isGreaterThan(126 * 126);
    assertThat(count(sheet, 0xff)).isGreaterThan(126 * 126);
  }
}
