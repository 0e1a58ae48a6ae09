package io.github.tcd4j.models.clip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import io.github.tcd4j.models.text.WordPieces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 2,000 texts of words, entities, emoji, scripts and control characters, put together by hash; the
 * ids of OpenCLIP's, transformers' and BERT's tokenizers by their sums, of {@code
 * oracle/make_network_fixtures.py}.
 */
class TextsTest {
  private static final int COUNT = 2000;

  private static List<String> texts() {
    JsonNode fragments = Golden.json("fragments");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      long[] picks = FormulaWeights.hash("text." + i, 60);
      int n = 1 + (int) (picks[0] % (i % 20 == 0 ? 59 : 9));
      StringBuilder text = new StringBuilder();
      for (int j = 1; j <= n; j++) {
        text.append(fragments.get((int) (picks[j] % fragments.size())).asText());
      }
      texts.add(text.toString());
    }
    return texts;
  }

  /** Fails with the texts that have other ids. */
  private static void check(int column, Function<String, long[]> tokenizer) throws IOException {
    ByteBuffer sums = ByteBuffer.wrap(Files.readAllBytes(Golden.FOLDER.resolve("texts.bin")));
    sums.order(ByteOrder.LITTLE_ENDIAN);
    List<String> texts = texts();
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      long expected = sums.getInt(4 * (3 * i + column)) & 0xFFFFFFFFL;
      String ids =
          Arrays.stream(tokenizer.apply(texts.get(i)))
              .mapToObj(Long::toString)
              .collect(Collectors.joining(" "));
      CRC32 crc = new CRC32();
      crc.update(ids.getBytes(UTF_8));
      if (crc.getValue() != expected) {
        wrong.add(i + ": " + escaped(texts.get(i)) + " -> " + ids);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    for (char c : text.toCharArray()) {
      out.append(c < 127 && c >= 32 ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return out.toString();
  }

  @Test
  void openClipsIdsOfTwoThousandTexts() throws IOException {
    ClipTokenizer tokenizer = ClipTokenizer.ofOpenClip();
    check(0, tokenizer::encode);
  }

  @Test
  void transformersIdsOfTwoThousandTexts() throws IOException {
    ClipTokenizer tokenizer = ClipTokenizer.ofClip();
    check(
        1,
        text -> {
          TokenSequence s = tokenizer.encoding(text);
          return Arrays.copyOf(s.ids(), s.used());
        });
  }

  @Test
  void bertsIdsOfTwoThousandTexts() throws IOException {
    JsonNode pieces = Golden.json("pieces");
    check(2, WordPieces.of(pieces, 35));
  }

  /** What the two cleanings differ in. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a photo of a cat | 320 1125 539 320 2368 | 320 1125 539 320 2368",
        "The man's hat &amp; coat | 518 786 568 3801 261 7356 | 518 786 568 3801 261 6259 282 7356",
        "“quotes” — dash | 257 5808 257 2005 10206 | 728 506 5808 728 507 2005 10206",
        "it’s | 585 568 | 585 728 503 338"
      })
  void quotesAndEntitiesAreStraightForOpenClipOnly(String text, String open, String own) {
    assertThat(ClipTokenizer.ofOpenClip().ids(text).toString().replaceAll("[\\[\\],]", ""))
        .isEqualTo(open);
    assertThat(ClipTokenizer.ofClip().ids(text).toString().replaceAll("[\\[\\],]", ""))
        .isEqualTo(own);
  }

  @Test
  void openClipFillsUpWithZerosAndEndsALongTextWithTheEnd() {
    ClipTokenizer tokenizer = ClipTokenizer.ofOpenClip();
    long[] cat = tokenizer.encode("cat");
    assertThat(cat).startsWith(49406, 2368, 49407, 0, 0).hasSize(77);
    assertThat(tokenizer.ids("hi!")).containsExactly(1883, 256);
    long[] filled = tokenizer.encode("cat ".repeat(100));
    assertThat(filled[76]).isEqualTo(49407);
    assertThat(filled[75]).isEqualTo(2368);
  }
}
