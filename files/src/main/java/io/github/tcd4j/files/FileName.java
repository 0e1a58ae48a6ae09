package io.github.tcd4j.files;

import java.nio.file.Path;

/**
 * What a picture keeps of a path: the last name in it. Folders of the user's disk do not belong in
 * a picture that is shared; its hash says which file of that name it was.
 */
public final class FileName {
  private FileName() {}

  /**
   * The last name of a path with separators of any system, whichever this one is; of a path that
   * ends in {@code .} or {@code ..} that of the folder which it leads to.
   */
  public static String of(String path) {
    String name = last(path);
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      return last(Path.of(path).toAbsolutePath().normalize().toString());
    }
    return name;
  }

  /** The same without the ending of a file of weights, as web UIs name models and LoRAs. */
  public static String stem(String path) {
    return of(path).replaceFirst("\\.(safetensors|ckpt|pt|pth|bin)$", "");
  }

  private static String last(String path) {
    String open = path.replaceFirst("[/\\\\]+$", "");
    return open.substring(Math.max(open.lastIndexOf('/'), open.lastIndexOf('\\')) + 1);
  }
}
