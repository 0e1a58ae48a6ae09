package io.github.tcd4j.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Main;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Note;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class HintTextTest {
  @Test
  void withoutAHintTheSentenceSaysAll() {
    assertThat(HintText.of(Note.of("nothing to do"))).isEqualTo("nothing to do");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyHintNamesOptionsThatExist(Hint hint) {
    String text = HintText.of("sentence", hint);
    assertThat(text).startsWith("sentence; ");
    List<String> named =
        Pattern.compile("--[a-z][a-z-]*").matcher(text).results().map(MatchResult::group).toList();
    assertThat(named).isNotEmpty();
    assertThat(options(Main.commandLine())).containsAll(named);
  }

  @Test
  void noTwoHintsReadAlike() {
    List<String> texts = new ArrayList<>();
    for (Hint hint : Hint.values()) {
      texts.add(HintText.of("", hint));
    }
    assertThat(new HashSet<>(texts)).hasSameSizeAs(texts);
  }

  private static Set<String> options(CommandLine command) {
    Set<String> names = new TreeSet<>(command.getCommandSpec().optionsMap().keySet());
    command.getSubcommands().values().forEach(c -> names.addAll(options(c)));
    return names;
  }
}
