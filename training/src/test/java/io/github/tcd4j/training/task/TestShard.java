package io.github.tcd4j.training.task;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A shard that a test fills file by file. */
public final class TestShard implements AutoCloseable {
  private final TarArchiveOutputStream tar;

  public TestShard(Path file) throws IOException {
    OutputStream out = Files.newOutputStream(file);
    tar =
        new TarArchiveOutputStream(
            file.toString().endsWith("gz") ? new GZIPOutputStream(out) : out, "UTF-8");
  }

  public TestShard add(String name, byte[] bytes) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
    return this;
  }

  public TestShard add(String name, String text) throws IOException {
    return add(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Picture and caption. */
  public TestShard pair(String key, int size) throws IOException {
    return add(key + ".png", png(size, size)).add(key + ".txt", "caption of " + key);
  }

  static byte[] png(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(width - 1, 0, 0x102030);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
