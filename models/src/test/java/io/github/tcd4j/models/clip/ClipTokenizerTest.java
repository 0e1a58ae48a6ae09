package io.github.tcd4j.models.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipTokenizerTest {
  private static final Path EMOJI = Path.of("..", "emoji", "tokenizer");
  private static final Path WHOLE = ClipFixture.FOLDER.resolve("tokenizer.json");
  private static final BitSet YOUNG = new BitSet();

  static {
    for (JsonNode run :
        ClipFixture.json(ClipFixture.FOLDER.resolve("unassigned.json")).get("runs")) {
      YOUNG.set(run.get(0).intValue(), run.get(1).intValue() + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"as shipped", "long", "pads with !, strings", "pads with !, flags", "added token"})
  void idsEqualTransformers(String variant, @TempDir Path folder) throws IOException {
    JsonNode fixture =
        ClipFixture.json(ClipFixture.FOLDER.resolve("tokenizer-cases.json")).get(variant);
    copy(folder, "vocab.json", "merges.txt");
    if (fixture.get("files").isNull()) {
      copy(folder, "special_tokens_map.json", "tokenizer_config.json");
    }
    for (Map.Entry<String, JsonNode> file : fixture.get("files").properties()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue().toString());
    }
    ClipTokenizer tokenizer = ClipTokenizer.load(folder);

    assertThat(tokenizer.maxLength()).isEqualTo(fixture.get("length").intValue());
    assertThat(tokenizer.padTokenId()).isEqualTo(fixture.get("pad").intValue());
    for (JsonNode c : fixture.get("cases")) {
      String text = c.get("text").textValue();
      long[] expected = new long[tokenizer.maxLength()];
      Arrays.fill(expected, tokenizer.padTokenId());
      for (int i = 0; i < c.get("ids").size(); i++) {
        expected[i] = c.get("ids").get(i).longValue();
      }
      TokenSequence encoding = tokenizer.encoding(text);
      int all = c.get("tokens").intValue();
      assertThat(encoding.ids()).as(text).isEqualTo(expected);
      assertThat(encoding.used()).as(text).isEqualTo(c.get("ids").size());
      assertThat(encoding.cut()).as(text).isEqualTo(Math.max(0, all + 2 - expected.length));
    }
  }

  @Test
  void idsEqualTheReferenceTokenizerOnThousandsOfRandomTexts() throws IOException {
    Random random = new Random(42);
    ClipTokenizer ours = ClipTokenizer.load(WHOLE);
    try (HuggingFaceTokenizer reference = reference()) {
      for (int i = 0; i < 5000; i++) {
        assertSame(ours, reference, randomText(random, 1 + random.nextInt(60)));
      }
      for (int i = 0; i < 20; i++) {
        assertSame(ours, reference, randomText(random, 5000));
      }
    }
  }

  /** Words of the vocabulary, Latin, symbols, white space, and any character at all. */
  private static String randomText(Random random, int pieces) {
    String[] words = {
      "apple",
      "face",
      "Style",
      "'s",
      "'LL",
      "don't",
      "<|endoftext|>",
      "<|",
      "|>",
      "\u0301",
      "\u200d",
      "😀"
    };
    String symbols = " \t\n\u00a0\u3000!?.,;:'\"()[]{}<>|/\\@#$%^&*-_=+~`0123456789¼²Ⅷ";
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pieces; i++) {
      switch (random.nextInt(6)) {
        case 0 -> text.append(words[random.nextInt(words.length)]);
        case 1 -> text.append(symbols.charAt(random.nextInt(symbols.length())));
        case 2 -> text.append((char) ('A' + random.nextInt(58)));
        case 3 -> text.append((char) (0xC0 + random.nextInt(0x500)));
        case 4 -> text.append(' ');
        default -> text.appendCodePoint(character(random));
      }
    }
    return text.toString();
  }

  private static int character(Random random) {
    while (true) {
      int c = random.nextInt(random.nextBoolean() ? 0x3000 : 0x1FFFF);
      // The order of marks that were young in 2016 is beyond the reference's tables.
      boolean mark = Character.getType(c) == Character.NON_SPACING_MARK;
      if (known(c) && (!mark || c < 0x700)) {
        return c;
      }
    }
  }

  /** Characters that this JDK knows and that are old enough for the reference's tables. */
  private static boolean known(int c) {
    int type = Character.getType(c);
    return type != Character.UNASSIGNED && type != Character.SURROGATE && !YOUNG.get(c);
  }

  @Test
  void everyCharacterIsCleanedAsTheReferenceDoes() throws IOException {
    ClipTokenizer ours = ClipTokenizer.load(WHOLE);
    List<String> different = new ArrayList<>();
    try (HuggingFaceTokenizer reference = reference()) {
      for (int c = 0; c < 0x20000; c++) {
        String text = "a" + Character.toString(known(c) ? c : 'a') + "B " + c;
        if (!Arrays.equals(used(ours, text), reference.encode(text).getIds())) {
          different.add(Integer.toHexString(c));
        }
      }
    }
    assertThat(different).isEmpty();
  }

  private static void assertSame(ClipTokenizer ours, HuggingFaceTokenizer reference, String text) {
    long[] expected = reference.encode(text).getIds();
    long[] actual = ours.encode(text);
    int n = Math.min(expected.length, ours.maxLength());
    expected[n - 1] = ours.eosTokenId();
    assertThat(Arrays.copyOf(actual, n)).as(text).isEqualTo(Arrays.copyOf(expected, n));
  }

  private static long[] used(ClipTokenizer ours, String text) {
    TokenSequence e = ours.encoding(text);
    return Arrays.copyOf(e.ids(), e.used());
  }

  private static HuggingFaceTokenizer reference() throws IOException {
    return HuggingFaceTokenizer.newInstance(WHOLE, Map.of("truncation", "false"));
  }

  @Test
  void aLoneTokenizerJsonReadsLikeTheTwoFiles(@TempDir Path folder) throws IOException {
    Files.copy(WHOLE, folder.resolve("tokenizer.json"));
    ClipTokenizer two = ClipTokenizer.load(EMOJI);
    ClipTokenizer file = ClipTokenizer.load(folder.resolve("tokenizer.json"));
    ClipTokenizer inFolder = ClipTokenizer.load(folder);
    copy(folder, "vocab.json");
    ClipTokenizer withoutMerges = ClipTokenizer.load(folder);
    String caption = "smiling face with heart-eyes, fluent 3d style";

    assertThat(file.maxLength()).isEqualTo(77);
    assertThat(used(file, caption)).isEqualTo(used(two, caption)).hasSizeGreaterThan(8);
    assertThat(used(inFolder, caption)).isEqualTo(used(two, caption));
    assertThat(used(withoutMerges, caption)).isEqualTo(used(two, caption));
    assertThat(file.vocabularySize()).isEqualTo(two.vocabularySize()).isEqualTo(2272);
  }

  @Test
  void whatDoesNotFitIsCountedAndQuoted() {
    ClipTokenizer tokenizer = ClipTokenizer.load(EMOJI);
    TokenSequence fits = tokenizer.encoding("red apple, fluent 3d style");
    TokenSequence cut = tokenizer.encoding("apple ".repeat(22) + "RED  Café 😀 style");

    assertThat(fits.cut()).isZero();
    assertThat(fits.cutText()).isEmpty();
    assertThat(fits.ids()).hasSize(24);
    assertThat(cut.used()).isEqualTo(24);
    assertThat(cut.cut()).isPositive();
    assertThat(cut.cutText()).isEqualTo("red café 😀 style");
    assertThat(cut.ids()[23]).isEqualTo(tokenizer.eosTokenId());
  }

  @Test
  void aBatchIsOneRowForEachText() {
    ClipTokenizer tokenizer = ClipTokenizer.load(EMOJI);
    try (Scope scope = Scope.inference()) {
      Tensor ids = tokenizer.encode(List.of("red apple", ""));

      assertThat(ids.shape()).containsExactly(2, 24);
      assertThat(ids.select(0, 0).toLongArray()).isEqualTo(tokenizer.encode("red apple"));
      assertThat(ids.select(0, 1).toLongArray()).isEqualTo(tokenizer.encode("")).contains(2271);
    }
  }

  @Test
  void filesThatCannotBeRightAreRefusedByName(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> ClipTokenizer.load(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("neither vocab.json and merges.txt nor tokenizer.json");
    copy(folder, "vocab.json");
    assertThatThrownBy(() -> ClipTokenizer.load(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("merges.txt");
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\ns t\nqq zz\n");
    assertThatThrownBy(() -> ClipTokenizer.load(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("qq");
    Files.writeString(folder.resolve("merges.txt"), "s t\nst yle</w> x\n");
    assertThatThrownBy(() -> ClipTokenizer.load(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("merge 2 must be two tokens");
    Files.writeString(folder.resolve("merges.txt"), "s t\n");
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"<pad>\"}");
    assertThatThrownBy(() -> ClipTokenizer.load(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("lacks the special token <pad>");
    Files.writeString(folder.resolve("special_tokens_map.json"), "{}");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"padding_side\": \"left\"}");
    assertThatThrownBy(() -> ClipTokenizer.load(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("padding_side = \"left\" is not supported");
    Path other = folder.resolve("other.json");
    Files.writeString(
        other, "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"end_of_word_suffix\": null}}");
    Files.delete(folder.resolve("tokenizer_config.json"));
    assertThatThrownBy(() -> ClipTokenizer.load(other))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("not a CLIP tokenizer");
  }

  private static void copy(Path folder, String... names) throws IOException {
    for (String name : names) {
      Files.copy(EMOJI.resolve(name), folder.resolve(name));
    }
  }
}
