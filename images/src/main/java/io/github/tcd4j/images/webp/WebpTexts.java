package io.github.tcd4j.images.webp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** The texts inside a WebP file: properties of its XMP chunk in a namespace of their own. */
public final class WebpTexts {
  private static final String NAMESPACE = "urn:tcd4j";
  private static final int HEADER = 12;

  private WebpTexts() {}

  /** Whether a file is a WebP. */
  public static boolean recognises(byte[] file) {
    return file.length >= HEADER && type(file, 0).equals("RIFF") && type(file, 8).equals("WEBP");
  }

  private static String type(byte[] file, int at) {
    return new String(file, at, 4, StandardCharsets.ISO_8859_1);
  }

  /**
   * The texts by keyword, empty where there is none.
   *
   * @param name what to call the file in messages
   * @throws WebpException if it is no WebP, or is cut off
   */
  public static Map<String, String> read(String name, byte[] file) {
    if (!recognises(file)) {
      throw new WebpException(name + " is not a WebP file");
    }
    ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long end = (numbers.getInt(4) & 0xffffffffL) + 8;
    long at = HEADER;
    while (at + 8 <= end && end <= file.length) {
      int start = (int) at;
      long length = numbers.getInt(start + 4) & 0xffffffffL;
      if (at + 8 + length > end) {
        break;
      }
      if (type(file, start).equals("XMP ")) {
        return properties(name, Arrays.copyOfRange(file, start + 8, start + 8 + (int) length));
      }
      at += 8 + length + length % 2;
    }
    if (at < end) {
      throw new WebpException(name + " ends before its end: it was cut off");
    }
    return Map.of();
  }

  private static Map<String, String> properties(String name, byte[] xmp) {
    Map<String, String> texts = new LinkedHashMap<>();
    NodeList all = parsed(name, xmp).getElementsByTagNameNS(NAMESPACE, "*");
    for (int i = 0; i < all.getLength(); i++) {
      texts.put(all.item(i).getLocalName(), all.item(i).getTextContent());
    }
    return texts;
  }

  private static Document parsed(String name, byte[] xmp) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setNamespaceAware(true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return builder.parse(new ByteArrayInputStream(xmp));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new WebpException(name + " has XMP that cannot be read: " + e.getMessage(), e);
    }
  }

  /** An XMP packet with these texts; what XML cannot hold is left out. */
  static byte[] xmp(Map<String, String> texts) {
    StringBuilder xml = new StringBuilder();
    xml.append("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n");
    xml.append("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">");
    xml.append("<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">");
    xml.append("<rdf:Description rdf:about=\"\" xmlns:tcd4j=\"" + NAMESPACE + "\">\n");
    texts.forEach(
        (key, text) ->
            xml.append("<tcd4j:" + key + ">" + escaped(text) + "</tcd4j:" + key + ">\n"));
    xml.append("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>");
    return xml.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String escaped(String text) {
    StringBuilder xml = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> xml.append("&amp;");
                case '<' -> xml.append("&lt;");
                case '>' -> xml.append("&gt;");
                // A reader makes a line feed of it.
                case '\r' -> xml.append("&#13;");
                default -> {
                  boolean holds =
                      c == '\t'
                          || c == '\n'
                          || c >= 32 && c < 0xd800
                          || c > 0xdfff && c < 0xfffe
                          || c > 0xffff;
                  if (holds) {
                    xml.appendCodePoint(c);
                  }
                }
              }
            });
    return xml.toString();
  }
}
