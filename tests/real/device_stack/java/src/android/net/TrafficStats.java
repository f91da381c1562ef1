package android.net;

import java.net.Socket;

/** Android counts traffic per tag; here nothing is counted. */
public final class TrafficStats {
  private TrafficStats() {}

  public static void tagSocket(Socket socket) {}

  public static void untagSocket(Socket socket) {}
}
