package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with a java and a mvn that only write down how they were called. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LauncherTest {
  private static final List<String> MODULES =
      List.of("tensor", "diffusion", "models", "pipeline", "training", "evaluation", "cli");

  @TempDir Path folder;
  private Path calls = Path.of("");

  private record Run(int exitCode, String text) {}

  @BeforeEach
  void house() throws IOException {
    calls = folder.resolve("calls");
    Files.writeString(calls, "");
    Files.copy(Path.of("..", "tcd4j"), folder.resolve("tcd4j"));
    Files.writeString(folder.resolve("pom.xml"), "");
    for (String module : MODULES) {
      Files.createDirectories(folder.resolve(module).resolve("src/main"));
      Files.writeString(folder.resolve(module).resolve("pom.xml"), "");
    }
    java("17.0.15");
    script("bin/mvn", "mkdir -p cli/target/lib; touch cli/target/lib/tcd4j.jar");
  }

  private void java(String version) throws IOException {
    // Where it is asked for an archive of classes it makes one, as java does.
    script(
        "jdk/bin/java",
        "for a in \"$@\"; do case $a in -XX:ArchiveClassesAtExit=*) echo jsa >\"${a#*=}\";; esac; done");
    Files.writeString(
        folder.resolve("jdk/release"), "IMPLEMENTOR=\"A\"\nJAVA_VERSION=\"" + version + "\"\n");
  }

  private void script(String name, String body) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    String line = "echo \"" + file.getFileName() + " $*\" >>" + calls;
    Files.writeString(file, "#!/usr/bin/env bash\n" + line + "\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Run launch(String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("bash", folder.resolve("tcd4j").toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/local/bin:/usr/bin:/bin");
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), text);
  }

  private List<String> calls() throws IOException {
    List<String> lines = Files.readAllLines(calls);
    Files.writeString(calls, "");
    return lines;
  }

  private static void edit(Path file) throws IOException {
    Files.writeString(file, "changed");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));
  }

  @Test
  void theFirstStartBuildsAndTheSecondDoesNot() throws Exception {
    Run first = launch("generate", "red apple");
    List<String> called = calls();
    launch("generate", "red apple");

    assertThat(first.text()).contains("tcd4j: building");
    assertThat(called.get(0)).startsWith("mvn ").contains("-pl cli -am").endsWith("package");
    assertThat(called.get(called.size() - 1))
        .contains("-Dorg.bytedeco.openblas.load=mkl", "-Dtcd4j.home=" + folder.toRealPath())
        .endsWith("tcd4j.jar generate red apple");
    assertThat(calls()).singleElement().asString().startsWith("java ");
  }

  @Test
  void serveAloneHasTheJarsThatServe() throws Exception {
    launch("--version");
    calls();

    launch("generate", "a server");
    launch("--verbose", "serve", "--port", "0");

    assertThat(calls())
        .satisfiesExactly(
            generate -> assertThat(generate).endsWith("tcd4j.jar generate a server"),
            serve ->
                assertThat(serve)
                    .endsWith(
                        "tcd4j.jar:"
                            + folder.toRealPath()
                            + "/cli/target/lib/serve/* io.github.tcd4j.cli.Main --verbose serve"
                            + " --port 0"));
  }

  @Test
  void aSourceThatChangedIsBuiltAgain() throws Exception {
    launch("--version");
    calls();

    edit(folder.resolve("models/src/main/A.java"));
    launch("--version");

    assertThat(calls().get(0)).startsWith("mvn ");
  }

  @Test
  void theArchiveOfClassesIsMadeOnceForEachJava() throws Exception {
    launch("--version");
    assertThat(calls()).filteredOn(c -> c.contains("ArchiveClassesAtExit")).hasSize(1);
    launch("--version");
    assertThat(calls())
        .singleElement()
        .asString()
        .contains("-XX:SharedArchiveFile=")
        .contains("17");

    java("25.0.3");
    launch("--version");

    assertThat(calls()).filteredOn(c -> c.contains("ArchiveClassesAtExit")).hasSize(1);
  }

  @Test
  void aJavaThatCannotMakeTheArchiveStartsWithoutIt() throws Exception {
    script("jdk/bin/java", "case \"$*\" in *ArchiveClassesAtExit*) exit 1;; esac");

    assertThat(launch("--version").exitCode()).isZero();
    calls();
    launch("--version");

    assertThat(calls()).singleElement().asString().doesNotContain("jsa");
  }

  @Test
  void aBuildThatFailsIsNotStarted() throws Exception {
    script("bin/mvn", "exit 1");

    Run run = launch("doctor");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.text()).endsWith("tcd4j: the build failed, see above\n");
    assertThat(calls()).noneMatch(c -> c.startsWith("java"));
  }

  @Test
  void anOldJavaIsRefused() throws Exception {
    java("11.0.2");

    Run run = launch("doctor");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.text()).startsWith("tcd4j: Java 17 or newer is needed but ");
    assertThat(calls()).isEmpty();
  }

  @Test
  void theExitCodeIsJavas() throws Exception {
    launch("--version");
    script("jdk/bin/java", "exit 130");

    assertThat(launch("generate").exitCode()).isEqualTo(130);
  }
}
