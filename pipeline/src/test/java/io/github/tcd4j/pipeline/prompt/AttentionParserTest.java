package io.github.tcd4j.pipeline.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The examples are those by which AUTOMATIC1111's web page describes its reading. */
class AttentionParserTest {
  private static WeightedText w(String text, double weight) {
    return new WeightedText(text, weight);
  }

  private static List<WeightedText> one(String prompt) {
    List<List<WeightedText>> parts = PromptSyntax.A1111.parts(prompt);
    assertThat(parts).hasSize(1);
    return parts.get(0);
  }

  @Test
  void wordsWithoutBracketsAreLeftAlone() {
    assertThat(one("normal text: 3, \"x\"")).containsExactly(w("normal text: 3, \"x\"", 1));
  }

  @Test
  void roundBracketsStrengthenAndSquareOnesWeaken() {
    assertThat(one("an (important) word"))
        .containsExactly(w("an ", 1), w("important", 1.1), w(" word", 1));
    assertThat(one("[on]")).containsExactly(w("on", 1 / 1.1));
    assertThat(one("(very: 2. )")).containsExactly(w("very", 2));
  }

  @Test
  void anOpenBracketReachesToTheEndAndAClosingOneAloneIsText() {
    assertThat(one("(unbalanced")).containsExactly(w("unbalanced", 1.1));
    assertThat(one("a) b:1.2) c]")).containsExactly(w("a) b:1.2) c]", 1));
  }

  @Test
  void aBackslashMakesABracketText() {
    assertThat(one("\\(literal\\] \\\\ \\x")).containsExactly(w("(literal] \\ x", 1));
  }

  @Test
  void neighboursOfOneWeightAreOneText() {
    assertThat(one("(unnecessary)(parens)")).containsExactly(w("unnecessaryparens", 1.1));
  }

  @Test
  void nestedBracketsMultiply() {
    assertThat(one("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))."))
        .containsExactly(
            w("a ", 1),
            w("house", 1.5730000000000004),
            w(" ", 1.1),
            w("on", 1),
            w(" a ", 1.1),
            w("hill", 0.55),
            w(", sun, ", 1.1),
            w("sky", 1.4641000000000006),
            w(".", 1.1));
  }

  @Test
  void breakCutsThePromptAlsoInsideBrackets() {
    assertThat(PromptSyntax.A1111.parts("a BREAK (b BREAK c) BREAKFAST"))
        .containsExactly(
            List.of(w("a", 1)),
            List.of(w("", 1), w("b", 1.1)),
            List.of(w("c", 1.1), w(" BREAKFAST", 1)));
  }

  @Test
  void plainReadsAllAsWords() {
    assertThat(PromptSyntax.PLAIN.parts("a (b:2) BREAK [c]"))
        .isEqualTo(List.of(List.of(w("a (b:2) BREAK [c]", 1))));
  }

  @Test
  void noCharactersLetItFailOrLoseWords() {
    Random random = new Random(3);
    String letters = "ab ()[]:.1\\,";
    for (int i = 0; i < 5000; i++) {
      char[] prompt = new char[random.nextInt(16)];
      for (int j = 0; j < prompt.length; j++) {
        prompt[j] = letters.charAt(random.nextInt(letters.length()));
      }
      String text = new String(prompt);
      StringBuilder read = new StringBuilder();
      PromptSyntax.A1111.parts(text).forEach(p -> p.forEach(t -> read.append(t.text())));
      assertThat(read.toString().replaceAll("[^ab]", ""))
          .as(text)
          .isEqualTo(text.replaceAll("[^ab]", ""));
    }
  }

  @Test
  void anUnknownSyntaxIsAnError() {
    assertThat(Arrays.stream(PromptSyntax.values()).map(PromptSyntax::key))
        .containsExactly("plain", "a1111");
    assertThatThrownBy(() -> PromptSyntax.parse("comfy"))
        .hasMessage("prompt syntax must be plain or a1111 but was comfy");
  }
}
