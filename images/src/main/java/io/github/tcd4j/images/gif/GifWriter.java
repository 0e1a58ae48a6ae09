package io.github.tcd4j.images.gif;

import io.github.tcd4j.images.Image;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes animations as GIF by the JDK's own writer, played for ever, in the colours of one {@link
 * Palette}. The format counts time in hundredths of a second, so that 8 frames in a second are 12
 * or 13 hundredths each.
 */
public final class GifWriter {
  private static final String FORMAT = "javax_imageio_gif_image_1.0";

  private GifWriter() {}

  /**
   * The bytes of the file.
   *
   * @param frames of one size, at least one
   * @param perSecond frames in a second, 1 to 50: programs slow down what is faster
   * @param comment in ASCII; may be empty
   */
  public static byte[] encode(List<Image> frames, int perSecond, String comment) {
    if (frames.isEmpty() || perSecond < 1 || perSecond > 50) {
      throw new IllegalArgumentException(
          "a GIF needs frames and 1 to 50 of them in a second but got "
              + (frames.size() + " and " + perSecond));
    }
    if (!StandardCharsets.US_ASCII.newEncoder().canEncode(comment)) {
      throw new IllegalArgumentException("the comment of a GIF must be ASCII");
    }
    Palette palette = Palette.of(frames);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.prepareWriteSequence(null);
      for (int i = 0; i < frames.size(); i++) {
        BufferedImage frame = indexed(frames.get(i), palette);
        IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(frame), null);
        describe(metadata, delay(i, perSecond), i == 0, comment);
        writer.writeToSequence(new IIOImage(frame, null, metadata), null);
      }
      writer.endWriteSequence();
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written to", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** Hundredths of a second, of which all frames together lack less than one. */
  static int delay(int frame, int perSecond) {
    return Math.round(100f * (frame + 1) / perSecond) - Math.round(100f * frame / perSecond);
  }

  private static BufferedImage indexed(Image image, Palette palette) {
    int n = palette.colours().length;
    byte[][] channels = new byte[3][n];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < 3; c++) {
        channels[c][i] = (byte) (palette.colours()[i] >> 16 - 8 * c);
      }
    }
    IndexColorModel model = new IndexColorModel(8, n, channels[0], channels[1], channels[2]);
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_BYTE_INDEXED, model);
    out.getRaster().setDataElements(0, 0, image.width(), image.height(), palette.indices(image));
    return out;
  }

  private static void describe(IIOMetadata metadata, int delay, boolean first, String comment)
      throws IIOInvalidTreeException {
    IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(FORMAT);
    // Row by row: small pictures come out of the JDK's interlaced writing with rows exchanged.
    child(root, "ImageDescriptor").setAttribute("interlaceFlag", "FALSE");
    IIOMetadataNode control = child(root, "GraphicControlExtension");
    control.setAttribute("disposalMethod", "doNotDispose");
    control.setAttribute("userInputFlag", "FALSE");
    control.setAttribute("transparentColorFlag", "FALSE");
    control.setAttribute("delayTime", Integer.toString(delay));
    control.setAttribute("transparentColorIndex", "0");
    if (first) {
      IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
      loop.setAttribute("applicationID", "NETSCAPE");
      loop.setAttribute("authenticationCode", "2.0");
      // Block 1, and 0 for plays without end.
      loop.setUserObject(new byte[] {1, 0, 0});
      child(root, "ApplicationExtensions").appendChild(loop);
      if (!comment.isEmpty()) {
        IIOMetadataNode text = new IIOMetadataNode("CommentExtension");
        text.setAttribute("value", comment);
        child(root, "CommentExtensions").appendChild(text);
      }
    }
    metadata.setFromTree(FORMAT, root);
  }

  private static IIOMetadataNode child(IIOMetadataNode parent, String name) {
    for (int i = 0; i < parent.getLength(); i++) {
      if (parent.item(i).getNodeName().equals(name)) {
        return (IIOMetadataNode) parent.item(i);
      }
    }
    IIOMetadataNode made = new IIOMetadataNode(name);
    parent.appendChild(made);
    return made;
  }
}
