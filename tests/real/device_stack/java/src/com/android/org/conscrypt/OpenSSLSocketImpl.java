package com.android.org.conscrypt;

/** Makes OkHttp 2 believe that it is on Android: it sets SNI, session tickets and ALPN by the names Conscrypt has. */
public final class OpenSSLSocketImpl {
  private OpenSSLSocketImpl() {}
}
