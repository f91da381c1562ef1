package devicestack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.concurrent.TimeUnit;
import okhttp3.JavaNetAuthenticator;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * An application's own OkHttp 3 that asks the platform for user name and password, as OkHttp's own adapter does. An
 * application without an authenticator gets through no proxy that wants a password.
 */
final class OwnOkHttp implements Stack {
  private final OkHttpClient client;
  private final String url;

  OwnOkHttp(Work work) throws IOException {
    url = work.url;
    OkHttpClient.Builder builder = new OkHttpClient.Builder();
    builder.connectTimeout(work.patienceMs, TimeUnit.MILLISECONDS);
    builder.readTimeout(work.patienceMs, TimeUnit.MILLISECONDS);
    builder.writeTimeout(work.patienceMs, TimeUnit.MILLISECONDS);
    builder.proxy(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(work.proxyHost, work.proxyPort)));
    builder.proxyAuthenticator(new JavaNetAuthenticator());
    Tls tls = Tls.trusting(work.roots);
    builder.sslSocketFactory(tls.sockets, tls.trust);
    client = builder.build();
  }

  @Override public Fetched fetch() throws IOException {
    try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
      return Fetched.of(response.code(), response.body().byteStream());
    }
  }

  @Override public void close() {
    client.connectionPool().evictAll();
  }
}
