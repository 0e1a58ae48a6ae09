package io.github.tcd4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A disk on which nothing fits any more. */
final class FullDisk {
  private FullDisk() {}

  /** Mounts one, or says that this is not possible here. */
  static boolean mount(Path folder) throws IOException, InterruptedException {
    if (!System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      return false;
    }
    // One inode for the folder, one for the filler, one for a file that cannot get a byte.
    if (!run("mount", "-t", "tmpfs", "-o", "size=4096,nr_inodes=8", "none", folder.toString())) {
      Files.delete(folder);
      return false;
    }
    Files.write(folder.resolve("filler"), new byte[4096]);
    return true;
  }

  static void unmount(Path folder) throws IOException, InterruptedException {
    if (run("umount", folder.toString())) {
      Files.delete(folder);
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process p =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return p.waitFor(10, TimeUnit.SECONDS) && p.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
