package io.github.tcd4j.server.sharing;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.Locale;

/** Whether requests that run at the same time share the steps of a network. */
public enum Batching {
  /** All that fit. */
  ON,
  /** None: requests run one after the other, and the same request gives the same bytes. */
  OFF,
  /** Where it was measured that a row costs less in a call with others. */
  AUTO;

  /**
   * The one of that name.
   *
   * @throws InvalidRequestException if there is none
   */
  public static Batching parse(String name) {
    for (Batching b : values()) {
      if (b.key().equals(name)) {
        return b;
      }
    }
    throw new InvalidRequestException("batching must be on, off or auto but was " + name);
  }

  /** Its name. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
