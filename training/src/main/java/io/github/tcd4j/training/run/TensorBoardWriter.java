package io.github.tcd4j.training.run;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;

/**
 * Writes scalars and pictures for TensorBoard. Its event file is a row of TFRecords, each the
 * length (8 bytes, little-endian), a masked CRC32C of that, an {@code Event} message, and a masked
 * CRC32C of it. Every record is in the file when its method returns, and no file stays open.
 */
public final class TensorBoardWriter {
  // Field numbers of tensorboard/compat/proto/event.proto and summary.proto.
  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int EVENT_SESSION_LOG = 7;
  private static final int SESSION_LOG_STATUS = 1;
  private static final int SESSION_START = 1;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;
  private static final int VALUE_IMAGE = 4;
  private static final int IMAGE_HEIGHT = 1;
  private static final int IMAGE_WIDTH = 2;
  private static final int IMAGE_COLORSPACE = 3;
  private static final int IMAGE_ENCODED = 4;
  private static final int RGB = 3;

  private final Path file;
  private final Clock clock;

  private TensorBoardWriter(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * Begins a new event file in {@code folder}.
   *
   * @param firstStep the first step that it will hold; TensorBoard is instructed to forget what
   *     earlier files say of that step and of later ones
   */
  public static TensorBoardWriter create(Path folder, long firstStep, Clock clock)
      throws IOException {
    TensorBoardWriter writer = new TensorBoardWriter(freshFile(folder, clock), clock);
    writer.append(writer.event(0).text(EVENT_FILE_VERSION, "brain.Event:2"));
    ProtobufWriter start = new ProtobufWriter().integer(SESSION_LOG_STATUS, SESSION_START);
    writer.append(writer.event(firstStep).message(EVENT_SESSION_LOG, start));
    return writer;
  }

  /** TensorBoard reads the files of a folder in the order of their names. */
  private static Path freshFile(Path folder, Clock clock) throws IOException {
    for (int i = 0; ; i++) {
      String name =
          String.format(
              Locale.ROOT, "events.out.tfevents.%010d.tcd4j.%d", clock.millis() / 1000, i);
      try {
        return Files.createFile(folder.resolve(name));
      } catch (FileAlreadyExistsException e) {
        // Two starts within a second: the next number is free.
      }
    }
  }

  /** Writes figures, as the float32 numbers that TensorBoard knows. */
  public void scalars(long step, Map<String, Double> figures) throws IOException {
    ProtobufWriter summary = new ProtobufWriter();
    figures.forEach(
        (tag, value) ->
            summary.message(
                SUMMARY_VALUE,
                new ProtobufWriter()
                    .text(VALUE_TAG, tag)
                    .float32(VALUE_SIMPLE, value.floatValue())));
    append(event(step).message(EVENT_SUMMARY, summary));
  }

  /** Writes a picture, given as the bytes of a PNG file. */
  public void image(long step, String tag, byte[] png) throws IOException {
    var picture = ImageIO.read(new ByteArrayInputStream(png));
    if (picture == null) {
      throw new IOException("the picture " + tag + " of step " + step + " is no PNG");
    }
    ProtobufWriter image =
        new ProtobufWriter()
            .integer(IMAGE_HEIGHT, picture.getHeight())
            .integer(IMAGE_WIDTH, picture.getWidth())
            .integer(IMAGE_COLORSPACE, RGB)
            .counted(IMAGE_ENCODED, png);
    ProtobufWriter value = new ProtobufWriter().text(VALUE_TAG, tag).message(VALUE_IMAGE, image);
    append(event(step).message(EVENT_SUMMARY, new ProtobufWriter().message(SUMMARY_VALUE, value)));
  }

  private ProtobufWriter event(long step) {
    ProtobufWriter event = new ProtobufWriter().float64(EVENT_WALL_TIME, clock.millis() / 1000.0);
    return step == 0 ? event : event.integer(EVENT_STEP, step);
  }

  private void append(ProtobufWriter event) throws IOException {
    byte[] data = event.toByteArray();
    ByteBuffer record =
        ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
    record.putInt(maskedCrc(record.array(), 8)).put(data).putInt(maskedCrc(data, data.length));
    new AppendFile(file).append(record.array());
  }

  /** A CRC of data that hold CRCs is weak, so TFRecord turns it and adds a constant. */
  private static int maskedCrc(byte[] data, int length) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
