package devicestack;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import javax.net.SocketFactory;

/**
 * Writes CONNECT as Android 8 and later patched OkHttp 2.7.5 to write it: the port stands in Host though it is 443.
 */
final class PortInHost extends SocketFactory {
  private static final Pattern REQUEST = Pattern.compile("^(CONNECT (\\S+) HTTP/1\\.1\r\n)Host: \\S+\r\n");

  @Override public Socket createSocket() {
    return new Socket() {
      @Override public OutputStream getOutputStream() throws IOException {
        return new Rewriting(super.getOutputStream());
      }
    };
  }

  @Override public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  /** OkHttp flushes the head of a request as one piece. */
  private static final class Rewriting extends FilterOutputStream {
    Rewriting(OutputStream to) {
      super(to);
    }

    @Override public void write(byte[] data, int offset, int length) throws IOException {
      String text = new String(data, offset, length, StandardCharsets.ISO_8859_1);
      String written = REQUEST.matcher(text).replaceFirst("$1Host: $2\r\n");
      out.write(written.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
