package io.github.tcd4j.benchmarks;

import io.github.tcd4j.evaluation.preprocess.ClipPreprocessor;
import io.github.tcd4j.evaluation.preprocess.ClipPreprocessor.Crop;
import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PaddedPreprocessor;
import io.github.tcd4j.evaluation.preprocess.Preprocessor;
import io.github.tcd4j.evaluation.preprocess.SquarePreprocessor;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.text.TextRepair;
import io.github.tcd4j.models.text.WordPieceTokenizer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What networks of measures read, for {@code oracle/check_inputs.py}. Arguments {@code pixels IN
 * OUT}: of each picture in a folder and each preprocessor a file NAME.ID of little-endian floats.
 * {@code tokens IN OUT VOCABULARY}: of each text of a file, one a line with its bytes in
 * hexadecimal, a line with the ids of three tokenizers. {@code repairs IN OUT}: of each text, one a
 * line as UTF-16 in hexadecimal, a line with its repair.
 */
public final class PreparedInputs {
  private static final List<Preprocessor> ALL =
      List.of(
          FidMode.PYTORCH_FID,
          FidMode.CLEAN,
          FidMode.TF1,
          new ClipPreprocessor(224, Crop.TORCHVISION),
          new ClipPreprocessor(224, Crop.TRANSFORMERS),
          SquarePreprocessor.CMMD,
          SquarePreprocessor.IC9600,
          new PaddedPreprocessor(false),
          new PaddedPreprocessor(true));

  private PreparedInputs() {}

  public static void main(String[] args) throws IOException, ImageFormatException {
    Path in = Path.of(args[1]);
    Path out = Path.of(args[2]);
    switch (args[0]) {
      case "pixels" -> pixels(in, out);
      case "repairs" -> repairs(in, out);
      default -> tokens(in, out, Path.of(args[3]));
    }
  }

  private static void pixels(Path in, Path out) throws IOException, ImageFormatException {
    List<Path> files;
    try (var all = Files.list(in)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      for (Preprocessor p : ALL) {
        float[] pixels = p.read(bytes);
        ByteBuffer buffer =
            ByteBuffer.allocate(Float.BYTES * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(pixels);
        Files.write(out.resolve(file.getFileName() + "." + p.id()), buffer.array());
      }
    }
  }

  private static void tokens(Path in, Path out, Path vocabulary) throws IOException {
    ClipTokenizer open = ClipTokenizer.ofOpenClip();
    ClipTokenizer clip = ClipTokenizer.ofClip();
    WordPieceTokenizer pieces = WordPieceTokenizer.load(vocabulary);
    try (PrintStream lines = new PrintStream(out.toFile(), StandardCharsets.UTF_8)) {
      for (String line : Files.readAllLines(in)) {
        byte[] bytes = HexFormat.of().parseHex(line);
        String text = new String(bytes, StandardCharsets.UTF_8);
        lines.println(
            join(open.encode(text))
                + ";"
                + join(clip.encode(text))
                + ";"
                + join(pieces.encode(text, 35)));
      }
    }
  }

  private static void repairs(Path in, Path out) throws IOException {
    try (PrintStream lines = new PrintStream(out.toFile(), StandardCharsets.UTF_8)) {
      for (String line : Files.readAllLines(in)) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < line.length(); i += 4) {
          text.append((char) Integer.parseInt(line.substring(i, i + 4), 16));
        }
        StringBuilder repaired = new StringBuilder();
        TextRepair.repair(text.toString())
            .chars()
            .forEach(c -> repaired.append(String.format("%04x", c)));
        lines.println(repaired);
      }
    }
  }

  private static String join(long[] ids) {
    return Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(" "));
  }
}
