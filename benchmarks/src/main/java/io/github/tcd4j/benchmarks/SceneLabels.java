package io.github.tcd4j.benchmarks;

import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.data.scenes.Concept;
import io.github.tcd4j.data.scenes.Scene;
import io.github.tcd4j.data.scenes.SceneComposer;
import io.github.tcd4j.data.scenes.SceneDataset;
import io.github.tcd4j.data.scenes.SceneSpec;
import io.github.tcd4j.data.source.SceneSource;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Scenes with what is in them, for benchmarks/scene_reader.py: to standard output two lines, the
 * concepts each with its styles and the size, then for each scene its pixels (3, size, size), the
 * number of things and four bytes for each of {@value #SLOTS}: concept, style, x and y in parts of
 * 256 of the picture; 255 where there is no thing. Runs without being compiled:
 *
 * <pre>
 *   java -cp 'cli/target/lib/*' benchmarks/src/main/java/.../SceneLabels.java scenes:size=32,count=10
 * </pre>
 */
public final class SceneLabels {
  private static final int SLOTS = 4;
  private static final int NONE = 255;
  private static final int PARTS = 256;

  private SceneLabels() {}

  public static void main(String[] args) throws IOException {
    SceneSource source = SceneSource.parse(args[0]);
    int start = args.length > 1 ? Integer.parseInt(args[1]) : 0;
    InMemoryDataset artwork = InMemoryDataset.read(Path.of(source.artwork()));
    SceneDataset scenes = source.compose(artwork);
    List<Concept> concepts = source.concepts(artwork).concepts();
    TreeSet<String> all = new TreeSet<>();
    concepts.forEach(c -> c.drawings().forEach(d -> all.add(d.style())));
    List<String> styles = new ArrayList<>(all);
    try (OutputStream out = new BufferedOutputStream(new PrintStream(System.out), 1 << 16)) {
      StringBuilder head = new StringBuilder();
      for (Concept c : concepts) {
        head.append(head.length() == 0 ? "" : "\t").append(c.name()).append('=');
        c.drawings().forEach(d -> head.append(styles.indexOf(d.style())));
      }
      out.write((head + "\n" + source.size() + "\n").getBytes(StandardCharsets.UTF_8));
      List<String> names = concepts.stream().map(Concept::name).toList();
      for (int i = start; i < scenes.size() && !System.out.checkError(); i++) {
        Scene scene = scenes.scene(i);
        out.write(SceneComposer.pixels(scene, source.size()));
        out.write(labels(scene, names, styles));
      }
    }
  }

  private static byte[] labels(Scene scene, List<String> names, List<String> styles) {
    byte[] labels = new byte[1 + 4 * SLOTS];
    labels[0] = (byte) scene.things().size();
    for (int k = 0; k < SLOTS; k++) {
      for (int j = 0; j < 4; j++) {
        labels[1 + 4 * k + j] = (byte) NONE;
      }
      if (k < scene.things().size()) {
        Scene.Thing thing = scene.things().get(k);
        labels[1 + 4 * k] = (byte) names.indexOf(thing.concept().name());
        String style = thing.concept().drawings().get(thing.drawing()).style();
        labels[2 + 4 * k] = (byte) styles.indexOf(style);
        labels[3 + 4 * k] = part(thing.x());
        labels[4 + 4 * k] = part(thing.y());
      }
    }
    return labels;
  }

  private static byte part(double at) {
    return (byte) Math.max(0, Math.min(PARTS - 1, (int) (at * PARTS / SceneSpec.UNITS)));
  }
}
