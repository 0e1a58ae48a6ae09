package io.github.tcd4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against ftfy 6.3.1, by {@code oracle/make_mojibake_fixtures.py}. */
class MojibakeRepairTest {
  private static final int COUNT = 3000;
  private static final int[] TIMES = {0, 1, 1, 1, 1, 1, 2, 2};
  private static final JsonNode WORDS = Golden.json("mojibake");

  /** UTF-8 decoded by a page, with what is lost on the way; as in the script. */
  private static String mangled(String word, int page, long option) {
    byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
    StringBuilder bytes = new StringBuilder();
    if (option == 1) {
      word.chars().forEach(c -> bytes.append(unit(c)));
    } else {
      bytes.append(new String(utf8, StandardCharsets.ISO_8859_1));
    }
    String text =
        bytes
            .chars()
            .mapToObj(b -> String.valueOf(CodePage.ALL.get(page).characters().charAt(b)))
            .collect(Collectors.joining());
    if (option == 2) {
      return text.replace('\u00a0', ' ');
    }
    if (option == 3) {
      return text.replaceAll("[\u0080-\u009f]", "\ufffd");
    }
    return option == 4 && text.length() > 1 ? text.substring(0, text.length() - 1) + "?" : text;
  }

  /** The bytes of a character below 0x10000, a surrogate too. */
  private static String unit(int c) {
    char[] three = {
      (char) (0xe0 | c >> 12), (char) (0x80 | c >> 6 & 0x3f), (char) (0x80 | c & 0x3f)
    };
    char[] two = {(char) (0xc0 | c >> 6), (char) (0x80 | c & 0x3f)};
    return c < 0x80 ? String.valueOf((char) c) : String.valueOf(c < 0x800 ? two : three);
  }

  private static String text(int i) {
    long[] picks = FormulaWeights.hash("mojibake." + i, 33);
    long page = picks[0] / 8 % 10;
    StringBuilder out = new StringBuilder();
    for (int j = 0; j <= picks[0] % 8; j++) {
      String word = WORDS.get((int) (picks[1 + 4 * j] % WORDS.size())).asText();
      long other = picks[3 + 4 * j];
      for (int k = 0; k < TIMES[(int) (picks[2 + 4 * j] % 8)]; k++) {
        long which = other / 16 % 4 == 0 ? other % 10 : page;
        word = mangled(word, (int) which, picks[4 + 4 * j] % 12);
      }
      out.append(word);
    }
    return out.toString();
  }

  private static int sum(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_16BE));
    return (int) crc.getValue();
  }

  @Test
  void threeThousandTextsAreRepairedAsFtfyDoes() throws IOException {
    ByteBuffer sums = ByteBuffer.wrap(Files.readAllBytes(Golden.FOLDER.resolve("mojibake.bin")));
    sums.order(ByteOrder.LITTLE_ENDIAN);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      String text = text(i);
      assertThat(sum(text)).as("the text %d, %s", i, text).isEqualTo(sums.getInt(8 * i));
      String repaired = TextRepair.repair(text);
      if (sum(repaired) != sums.getInt(8 * i + 4)) {
        wrong.add(i + ": " + text + " -> " + repaired);
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** ftfy's own examples, and words that look wrong and are not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      quoteCharacter = '`',
      value = {
        "âœ” No problems|✔ No problems",
        "sÃ³|só",
        "voilÃ le travail|voilà le travail",
        "Ã la mode|à la mode",
        "â€œ like this â€\ufffd|\" like this \ufffd",
        "P&EACUTE;REZ|PÉREZ",
        "&ATILDE;&SUP3;|ó",
        "l’humanitÃ© — Ã©tÃ©|l'humanité — été",
        "ðŸ™‚ and Ð¿Ñ€Ð¸Ð²ÐµÑ‚|🙂 and привет",
        "café, naïve, Ångström, 5 €|café, naïve, Ångström, 5 €",
        "Å is a word|Å is a word",
        "(◕‿◕)ノ °□°|(◕‿◕)ノ °□°"
      })
  void examples(String text, String repaired) {
    assertThat(TextRepair.repair(text)).isEqualTo(repaired);
  }

  @Test
  void aLongRunIsRepairedWithoutRecursion() {
    String good = "é".repeat(50_000);
    String bad = "Ã©".repeat(50_000);
    assertThat(TextRepair.repair(bad)).isEqualTo(good);
    assertThat(TextRepair.repair("中" + bad)).isEqualTo("中" + good);
    assertThat(TextRepair.repair(good)).isEqualTo(good);
  }
}
