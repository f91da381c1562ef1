package android.net;

/** Tells OkHttp that this is Android 5.0 or later, where Conscrypt has ALPN. */
public final class Network {
  private Network() {}
}
