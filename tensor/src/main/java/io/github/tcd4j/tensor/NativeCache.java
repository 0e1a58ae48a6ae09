package io.github.tcd4j.tensor;

import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** Where the native libraries come from and are unpacked to. Asking for it loads none of them. */
public final class NativeCache {
  private NativeCache() {}

  /**
   * The folder that is used: what {@code -Dorg.bytedeco.javacpp.cachedir} says, else {@code
   * ~/.javacpp/cache}, else one in the folder for temporary files.
   *
   * @throws IOException if none of them can be written to
   */
  public static Path folder() throws IOException {
    return Loader.getCacheDir().toPath();
  }

  /** This machine as the native libraries name it, such as {@code linux-x86_64}. */
  public static String platform() {
    return Loader.getPlatform();
  }

  /** Whether this program was built for NVIDIA GPUs, which needs the libraries of CUDA to start. */
  public static boolean isForNvidia() {
    String library = System.mapLibraryName("jnitorch");
    return torch.class.getResource("/org/bytedeco/pytorch/" + platform() + "-gpu/" + library)
        != null;
  }
}
