package io.github.tcd4j.files;

/** Receives what a user should know while something goes on. */
public interface Notes {
  /** Receives them and does nothing. */
  Notes NONE = new Notes() {};

  /** Something that the user should know and that is no error, one sentence. */
  default void note(String message) {}

  /** The same with what to change; by default only its text is passed on. */
  default void note(Note note) {
    note(note.text());
  }

  /** What belongs to a note and is too long for most users, one line. */
  default void detail(String message) {}
}
