package io.github.tcd4j.training.run;

import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.AtomicFolder;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a training run: its recipe, log, TensorBoard events, samples, checkpoints and
 * product. Whenever the process dies, all of them are whole but for two that grow line by line and
 * record by record: the log, whose broken end {@link #truncateLog} cuts off, and the events, whose
 * broken end TensorBoard leaves out.
 */
public final class RunFolder {
  private static final Pattern CHECKPOINT = Pattern.compile("step-([0-9]{1,18})");

  private final Path folder;
  private final RunLog log;
  private long firstStep = 1;
  private @Nullable TensorBoardWriter events;

  private RunFolder(Path folder) {
    this.folder = folder;
    this.log = new RunLog(folder.resolve("log.jsonl"));
  }

  /**
   * Fails as {@link #open} would, but changes nothing: data and networks can be looked at before a
   * folder is made for them.
   *
   * @throws InvalidRequestException if a new run would overwrite an old one, or if there is none to
   *     resume
   */
  public static void check(Path folder, boolean resume) {
    boolean known = Files.exists(folder.resolve("recipe.yaml"));
    if (known && !resume) {
      throw new InvalidRequestException(
          folder + " holds a run already; resume it, or name another folder", Hint.RESUME_RUN);
    }
    if (!known && resume) {
      throw new InvalidRequestException(
          folder + " holds no run to resume; start a new one", Hint.NEW_RUN);
    }
  }

  /**
   * Opens the folder of a new run, which must not hold one already, or of one to resume.
   *
   * @param recipe the resolved recipe, for {@code recipe.yaml}; where a resumed run had another,
   *     that one is kept as {@code recipe-until-step-N.yaml}
   * @param resume whether to go on from {@link #latest}
   */
  public static RunFolder open(Path folder, String recipe, boolean resume) throws IOException {
    check(folder, resume);
    Path file = folder.resolve("recipe.yaml");
    boolean known = Files.exists(file);
    RunFolder run = new RunFolder(folder);
    Files.createDirectories(run.checkpoints());
    AtomicFolder.recover(run.checkpoints());
    AtomicFolder.recover(folder);
    if (known && !Files.readString(file).equals(recipe)) {
      Path kept = folder.resolve("recipe-until-step-" + run.latestStep() + ".yaml");
      AtomicFile.write(kept, Files.readString(file));
    }
    AtomicFile.write(file, recipe);
    return run;
  }

  private Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** Where the run lies. */
  public Path path() {
    return folder;
  }

  /** Where the sample picture of a step belongs; its folder exists. */
  public Path samplePath(long step) throws IOException {
    return Files.createDirectories(folder.resolve("samples")).resolve("step-" + step + ".png");
  }

  /** Adds a line to the log and the same figures to TensorBoard's events. */
  public void log(long step, Map<String, Double> figures) throws IOException {
    log.append(step, figures);
    events().scalars(step, figures);
  }

  /** Shows the sample picture of a step, which is at its {@link #samplePath}, in TensorBoard. */
  public void showSample(long step) throws IOException {
    events().image(step, "sample", Files.readAllBytes(samplePath(step)));
  }

  private TensorBoardWriter events() throws IOException {
    if (events == null) {
      events = TensorBoardWriter.create(folder, firstStep, Clock.systemUTC());
    }
    return events;
  }

  /** Forgets what was logged after step {@code last}: the run will take those steps again. */
  public void truncateLog(long last) throws IOException {
    log.truncate(last);
    firstStep = last + 1;
    events = null;
  }

  /** The newest whole checkpoint. */
  public Optional<Path> latest() throws IOException {
    var all = allCheckpoints();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.lastEntry().getValue());
  }

  private long latestStep() throws IOException {
    var all = allCheckpoints();
    return all.isEmpty() ? 0 : all.lastKey();
  }

  private TreeMap<Long, Path> allCheckpoints() throws IOException {
    TreeMap<Long, Path> byStep = new TreeMap<>();
    for (Path p : AtomicFolder.children(checkpoints())) {
      Matcher m = CHECKPOINT.matcher(p.getFileName().toString());
      if (m.matches()) {
        byStep.put(Long.parseLong(m.group(1)), p);
      }
    }
    return byStep;
  }

  /** Writes {@code checkpoints/step-N/}, then removes all but the newest {@code keep}. */
  public void writeCheckpoint(long step, int keep, AtomicFolder.Content content)
      throws IOException {
    if (keep < 1) {
      throw new InvalidRequestException("keep must be at least 1 but was " + keep);
    }
    AtomicFolder.write(checkpoints().resolve("step-" + step), content);
    List<Path> all = new ArrayList<>(allCheckpoints().values());
    for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
      AtomicFolder.remove(old);
    }
  }

  /** Writes the product, {@code final/}, in place of an earlier one. */
  public void writeFinal(AtomicFolder.Content content) throws IOException {
    AtomicFolder.write(folder.resolve("final"), content);
  }
}
