package com.android.org.conscrypt;

/** Makes OkHttp 3 believe that it is on Android. */
public final class SSLParametersImpl {
  private SSLParametersImpl() {}
}
