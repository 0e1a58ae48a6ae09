package io.github.tcd4j.tensor;

import io.github.tcd4j.tensor.file.MappedBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A program of a user of the library: a class path and a main method, no option for java. */
final class PlainProgram {
  private PlainProgram() {}

  /** Prints what {@link PlainProgramTest} looks at, one {@code name=value} a line. */
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "file" -> Class.forName(MappedBytes.class.getName());
      case "device" -> {
        try {
          Device.parse("cuda").requireAvailable();
        } catch (TensorException e) {
          System.out.println(e.getMessage());
        }
      }
      default -> Engine.load();
    }
    System.out.println("threads=" + Engine.threads());
    System.out.println("blas=" + Engine.blas());
    for (String name : List.of("openblas.load", "javacpp.maxPhysicalBytes")) {
      System.out.println(name + "=" + System.getProperty("org.bytedeco." + name));
    }
    Tensor large = Tensor.ones(DType.F32, 3000, 1000);
    System.out.println("sum=" + large.sum().item());
    // What libraries loaded from here on, and programs started from C, find in the environment.
    System.out.println("getenv=" + System.getenv("TCD4J_PLAIN"));
  }

  static String run(Map<String, String> environment, String... options) throws Exception {
    return run("engine", environment, options);
  }

  /**
   * Runs it in a JVM of its own.
   *
   * @param first what of the library it uses first: engine, file or device
   * @param environment replaces the variables that OpenMP reads
   * @return all that it wrote to both streams
   */
  static String run(String first, Map<String, String> environment, String... options)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(PlainProgram.class.getName(), first));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("(OMP|GOMP|KMP|MKL|JAVA_TOOL|JDK_JAVA)_.*"));
    // libgomp prints the settings that it has read.
    builder.environment().put("OMP_DISPLAY_ENV", "VERBOSE");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(text);
    }
    return text;
  }
}
