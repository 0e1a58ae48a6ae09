package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import java.util.List;

/**
 * Captions to generate; caption i has seed {@code seed + i} at every point.
 *
 * @param name what they are for, as {@code training} or {@code held-out}
 */
public record Prompts(String name, List<String> captions, long seed) {
  public Prompts {
    captions = List.copyOf(captions);
    if (captions.isEmpty()) {
      throw new InvalidRequestException("the " + name + " prompts are empty");
    }
  }

  public int size() {
    return captions.size();
  }

  /** The first {@code n} of them, all where there are fewer. */
  public Prompts first(int n) {
    return n >= size() ? this : new Prompts(name, captions.subList(0, n), seed);
  }

  /** A hash of captions and seeds. */
  public String hash() {
    Sha256 digest = new Sha256();
    captions.forEach(digest::add);
    return digest.add(Long.toString(seed)).brief();
  }
}
