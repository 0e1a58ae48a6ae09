package io.github.tcd4j.models.clip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids that transformers 5.24's CLIPTokenizer gives with the published vocabulary. */
class ClipVocabularyTest {
  @TempDir Path temporary;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a photo of a cat | 320, 1125, 539, 320, 2368",
        "red apple, fluent 3d style | 736, 3055, 267, 30025, 274, 323, 1844",
        "Masterpiece!! 4k, (détaillé:1.2) naïve café — 日本語 🙂 | 12066, 748, 275, 330, 267, 263,"
            + " 25466, 648, 828, 4166, 281, 272, 269, 273, 264, 1097, 35689, 563, 15304, 2005,"
            + " 39121, 44353, 34002, 508, 14860"
      })
  void theIdsAreThoseOfTheFieldsTokenizer(String text, String ids) throws IOException {
    List<Integer> expected = Arrays.stream(ids.split(", *")).map(Integer::valueOf).toList();
    assertThat(ClipTokenizer.ofClip().ids(text)).isEqualTo(expected);

    ClipVocabulary.write(temporary);
    assertThat(ClipTokenizer.load(temporary).ids(text)).isEqualTo(expected);
  }

  @Test
  void textsBeginAndEndAsTheFieldsDo() {
    ClipTokenizer clip = ClipTokenizer.ofClip();
    assertThat(clip.vocabularySize()).isEqualTo(ClipVocabulary.SIZE);
    assertThat(clip.encode("a")).hasSize(77).startsWith(49406, 320, 49407, 49407);
  }
}
