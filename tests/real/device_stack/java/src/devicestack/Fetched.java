package devicestack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** An answer as the stack hands it to its application. */
final class Fetched {
  private static final int LIMIT = 65536;
  private static final int SHOWN = 400;

  final int status;
  /** The beginning of the content, a character a byte. */
  final String body;

  private Fetched(int status, String body) {
    this.status = status;
    this.body = body;
  }

  /** Reads the content, at most so much that no hostile answer fills the memory. */
  static Fetched of(int status, InputStream content) throws IOException {
    if (content == null) return new Fetched(status, "");
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    for (int size; kept.size() < LIMIT && (size = content.read(piece)) >= 0; ) kept.write(piece, 0, size);
    content.close();
    String text = kept.toString("ISO-8859-1");
    return new Fetched(status, text.substring(0, Math.min(SHOWN, text.length())));
  }
}
