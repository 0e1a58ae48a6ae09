package io.github.tcd4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.tcd4j.files.Tcd4jException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the libraries say is for users of Java and of HTTP too: it names no option. */
class LibraryMessagesTest {
  private static final List<String> LIBRARIES =
      List.of(
          "files",
          "tensor",
          "diffusion",
          "models",
          "pipeline",
          "training",
          "evaluation",
          "langchain4j",
          "spring-ai");

  private static final Pattern FLAG = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*--[a-z]");

  /** Writes a document that shows a command, not a message. */
  private static final String CARD = "ModelCard.java";

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.tcd4j");

  @Test
  void noLibraryNamesAnOptionOfTheCommandLine() throws IOException {
    List<String> found = new ArrayList<>();
    for (String library : LIBRARIES) {
      try (var paths = Files.walk(Path.of("..", library, "src", "main", "java"))) {
        for (Path file : paths.filter(p -> p.toString().endsWith(".java")).toList()) {
          if (!file.endsWith(CARD)) {
            Files.readAllLines(file).stream()
                .filter(line -> FLAG.matcher(line).find())
                .forEach(line -> found.add(file.getFileName() + ": " + line.strip()));
          }
        }
      }
    }
    assertThat(FLAG.matcher("throw new X(\"use --dtype f32\")").find()).isTrue();
    assertThat(found).isEmpty();
  }

  /** Nested ones are caught in the file that throws them. */
  @Test
  void everyExceptionOfOursHasOneRoot() {
    List<String> ours =
        HOUSE.stream()
            .filter(c -> c.isAssignableTo(RuntimeException.class) && !c.isNestedClass())
            .map(JavaClass::getName)
            .toList();
    List<String> rooted =
        HOUSE.stream()
            .filter(c -> c.isAssignableTo(Tcd4jException.class))
            .map(JavaClass::getName)
            .toList();
    assertThat(ours).hasSizeGreaterThan(10).containsExactlyInAnyOrderElementsOf(rooted);
  }
}
