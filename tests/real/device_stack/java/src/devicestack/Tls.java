package devicestack;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Conscrypt, held to what the platform's release offers: protocols and suites, each in the platform's order. */
final class Tls {
  private static final Provider CONSCRYPT = new org.conscrypt.OpenSSLProvider();
  private static final String[] PROTOCOLS = System.getProperty("stack.protocols").split(",");
  static final String[] SUITES = supported(System.getProperty("stack.suites").split(","));
  /** What the system's own store holds, whatever a request adds to it. */
  private static final List<Certificate> OWN = own();
  private static final Map<String, Tls> KEPT = new ConcurrentHashMap<>();

  final X509TrustManager trust;
  final SSLSocketFactory sockets;

  private Tls(String roots) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (Certificate root : OWN) store.setCertificateEntry("own" + number++, root);
    for (Certificate root : read(roots)) store.setCertificateEntry("added" + number++, root);
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    trust = (X509TrustManager) factory.getTrustManagers()[0];
    SSLContext context = SSLContext.getInstance("TLS", CONSCRYPT);
    context.init(null, new X509TrustManager[] {trust}, null);
    sockets = new Limited(context.getSocketFactory());
  }

  private static List<Certificate> own() {
    try {
      return read(System.getProperty("stack.store"));
    } catch (GeneralSecurityException | IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static List<Certificate> read(String pem) throws GeneralSecurityException, IOException {
    try (InputStream file = new FileInputStream(pem)) {
      return new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(file));
    }
  }

  /** Conscrypt of today's package has dropped suites that the platform's had; the rest keeps its order. */
  private static String[] supported(String[] wanted) {
    try {
      SSLContext context = SSLContext.getInstance("TLS", CONSCRYPT);
      context.init(null, null, null);
      List<String> known = Arrays.asList(context.getSocketFactory().getSupportedCipherSuites());
      return Arrays.stream(wanted).filter(known::contains).toArray(String[]::new);
    } catch (GeneralSecurityException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The store that `roots` fills, read once. */
  static Tls trusting(String roots) throws IOException {
    try {
      Tls kept = KEPT.get(roots);
      if (kept == null) {
        kept = new Tls(roots);
        KEPT.put(roots, kept);
      }
      return kept;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static final class Limited extends SSLSocketFactory {
    private final SSLSocketFactory inner;

    Limited(SSLSocketFactory inner) {
      this.inner = inner;
    }

    private static Socket limited(Socket socket) {
      ((SSLSocket) socket).setEnabledProtocols(PROTOCOLS);
      ((SSLSocket) socket).setEnabledCipherSuites(SUITES);
      return socket;
    }

    @Override public String[] getDefaultCipherSuites() {
      return SUITES.clone();
    }

    @Override public String[] getSupportedCipherSuites() {
      return inner.getSupportedCipherSuites();
    }

    @Override public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
      return limited(inner.createSocket(socket, host, port, autoClose));
    }

    @Override public Socket createSocket() throws IOException {
      return limited(inner.createSocket());
    }

    @Override public Socket createSocket(String host, int port) throws IOException {
      return limited(inner.createSocket(host, port));
    }

    @Override public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
      return limited(inner.createSocket(host, port, local, localPort));
    }

    @Override public Socket createSocket(InetAddress host, int port) throws IOException {
      return limited(inner.createSocket(host, port));
    }

    @Override public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return limited(inner.createSocket(host, port, local, localPort));
    }
  }
}
