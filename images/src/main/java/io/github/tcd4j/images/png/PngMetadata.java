package io.github.tcd4j.images.png;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The texts inside a PNG, from its tEXt, zTXt and iTXt chunks, by keyword.
 *
 * @param file where they were read
 * @param texts in the file's order; of two with one keyword, the first
 */
public record PngMetadata(Path file, Map<String, String> texts) {
  /** Keyword of the text that the field's web pages write and read. */
  public static final String PARAMETERS = "parameters";

  /** Keyword of the JSON from which this project generates the image again. */
  public static final String TCD4J = "tcd4j";

  /** Most text that is read of one file, so that a small hostile one cannot fill the memory. */
  private static final int LONGEST = 1 << 24;

  public PngMetadata {
    texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
  }

  /**
   * Reads a file's texts; the picture itself is skipped.
   *
   * @throws PngException if it is missing, is no PNG or is cut off
   */
  public static PngMetadata read(Path file) {
    try (InputStream in = new java.io.BufferedInputStream(Files.newInputStream(file))) {
      return read(file, in);
    } catch (NoSuchFileException e) {
      throw new PngException(file + " does not exist", e);
    } catch (IOException e) {
      throw new PngException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the texts of a file that is in memory.
   *
   * @param name what to call it in messages
   * @throws PngException if it is no PNG or is cut off
   */
  public static PngMetadata read(Path name, byte[] content) {
    try {
      return read(name, new ByteArrayInputStream(content));
    } catch (IOException e) {
      throw new PngException("cannot read " + name + ": " + e.getMessage(), e);
    }
  }

  private static PngMetadata read(Path file, InputStream content) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    try (DataInputStream in = new DataInputStream(content)) {
      if (!Arrays.equals(in.readNBytes(8), PngWriter.SIGNATURE)) {
        throw new PngException(file + " is not a PNG file");
      }
      while (readChunk(in, texts)) {}
    } catch (EOFException e) {
      throw new PngException(file + " ends before its end: it was cut off", e);
    }
    return new PngMetadata(file, texts);
  }

  /** The text of {@link #PARAMETERS}, or null. */
  public @Nullable String parameters() {
    return texts.get(PARAMETERS);
  }

  /**
   * The JSON text of {@link #TCD4J}.
   *
   * @throws PngException if the picture has none
   */
  public String settings() {
    String json = texts.get(TCD4J);
    if (json == null) {
      throw new PngException(
          file
              + " contains no tcd4j settings to generate it again from"
              + (texts.containsKey(PARAMETERS)
                  ? "; it was made by another program, whose parameters the metadata command shows"
                  : ""));
    }
    return json;
  }

  private static boolean readChunk(DataInputStream in, Map<String, String> texts)
      throws IOException {
    long length = Integer.toUnsignedLong(in.readInt());
    String type = new String(exactly(in, 4), StandardCharsets.ISO_8859_1);
    boolean text = type.equals("tEXt") || type.equals("zTXt") || type.equals("iTXt");
    if (text && length <= LONGEST) {
      read(type, exactly(in, (int) length), texts);
    } else {
      in.skipNBytes(length);
    }
    in.skipNBytes(4);
    return !type.equals("IEND");
  }

  private static byte[] exactly(DataInputStream in, int n) throws IOException {
    byte[] bytes = in.readNBytes(n);
    if (bytes.length < n) {
      throw new EOFException();
    }
    return bytes;
  }

  private static void read(String type, byte[] data, Map<String, String> texts) throws IOException {
    int end = zero(data, 0);
    String keyword = new String(data, 0, end, StandardCharsets.ISO_8859_1);
    int start = end + 1;
    boolean compressed = type.equals("zTXt");
    Charset charset = StandardCharsets.ISO_8859_1;
    if (type.equals("zTXt")) {
      start++;
    } else if (type.equals("iTXt")) {
      compressed = start < data.length && data[start] == 1;
      charset = StandardCharsets.UTF_8;
      // Flag and method, then language and translated keyword, each closed by a zero.
      start = zero(data, zero(data, start + 2) + 1) + 1;
    }
    start = Math.min(start, data.length);
    InputStream body = new ByteArrayInputStream(data, start, data.length - start);
    try (InputStream plain = compressed ? new InflaterInputStream(body) : body) {
      int room = LONGEST - texts.values().stream().mapToInt(String::length).sum();
      texts.putIfAbsent(keyword, new String(plain.readNBytes(Math.max(0, room)), charset));
    }
  }

  private static int zero(byte[] data, int from) {
    int i = from;
    while (i < data.length && data[i] != 0) {
      i++;
    }
    return Math.min(i, data.length);
  }
}
