package com.squareup.okhttp.internal;

/** Stands for OkHttp 2's class of this name, as Android's own does: the agent is the system's. */
public final class Version {
  private Version() {}

  public static String userAgent() {
    return System.getProperty("http.agent");
  }
}
