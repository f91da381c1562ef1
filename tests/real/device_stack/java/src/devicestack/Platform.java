package devicestack;

import com.squareup.okhttp.ConnectionPool;
import com.squareup.okhttp.ConnectionSpec;
import com.squareup.okhttp.OkHttpClient;
import com.squareup.okhttp.OkUrlFactory;
import com.squareup.okhttp.Protocol;
import com.squareup.okhttp.TlsVersion;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * HttpURLConnection as Android has it: OkHttp 2, set up as the platform's HttpHandler and HttpsHandler set it up.
 *
 * The proxy is the system's, so it comes from a ProxySelector, and OkHttp would go around it last. Timeouts are
 * infinite on Android; here they are the caller's patience.
 */
final class Platform implements Stack {
  private final URL url;
  private final OkUrlFactory factory;

  Platform(Work work, List<String> failures) throws IOException {
    url = new URL(work.url);
    OkHttpClient client = new OkHttpClient();
    client.setConnectTimeout(work.patienceMs, TimeUnit.MILLISECONDS);
    client.setReadTimeout(work.patienceMs, TimeUnit.MILLISECONDS);
    client.setWriteTimeout(work.patienceMs, TimeUnit.MILLISECONDS);
    client.setFollowRedirects(HttpURLConnection.getFollowRedirects());
    client.setFollowSslRedirects(false);
    client.setConnectionPool(new ConnectionPool(5, 300000));
    Proxy proxy = new Proxy(Proxy.Type.HTTP, new InetSocketAddress(work.proxyHost, work.proxyPort));
    client.setProxySelector(new Configured(proxy, failures));
    if (Boolean.getBoolean("stack.portInHost")) client.setSocketFactory(new PortInHost());
    if (url.getProtocol().equals("https")) {
      client.setProtocols(Collections.singletonList(Protocol.HTTP_1_1));
      client.setConnectionSpecs(tlsSpecs());
      client.setSslSocketFactory(Tls.trusting(work.roots).sockets);
    } else {
      client.setConnectionSpecs(Collections.singletonList(ConnectionSpec.CLEARTEXT));
    }
    factory = new OkUrlFactory(client);
  }

  /** Android 7.0 goes down to TLS 1.0 in further tunnels where a handshake fails; later releases do not. */
  private static List<ConnectionSpec> tlsSpecs() {
    List<ConnectionSpec> specs = new ArrayList<>();
    TlsVersion[] known = {TlsVersion.TLS_1_2, TlsVersion.TLS_1_1, TlsVersion.TLS_1_0};
    int steps = Boolean.getBoolean("stack.fallback") ? known.length : 1;
    for (int first = 0; first < steps; first++) {
      TlsVersion[] left = Arrays.copyOfRange(known, first, known.length);
      ConnectionSpec.Builder spec = new ConnectionSpec.Builder(ConnectionSpec.MODERN_TLS).cipherSuites(Tls.SUITES);
      specs.add(spec.tlsVersions(left).supportsTlsExtensions(true).build());
    }
    return specs;
  }

  @Override public Fetched fetch() throws IOException {
    HttpURLConnection connection = factory.open(url);
    try {
      int status = connection.getResponseCode();
      return Fetched.of(status, status < 400 ? connection.getInputStream() : connection.getErrorStream());
    } finally {
      connection.disconnect();
    }
  }

  @Override public void close() {
    factory.client().getConnectionPool().evictAll();
  }

  private static final class Configured extends ProxySelector {
    private final List<Proxy> proxies;
    private final List<String> failures;

    Configured(Proxy proxy, List<String> failures) {
      proxies = Collections.singletonList(proxy);
      this.failures = failures;
    }

    @Override public List<Proxy> select(URI uri) {
      return proxies;
    }

    /** OkHttp tells here, and nowhere else, why it goes on to a direct connection. */
    @Override public void connectFailed(URI uri, SocketAddress address, IOException failure) {
      failures.add(failure.getClass().getName() + ": " + failure.getMessage());
    }
  }
}
