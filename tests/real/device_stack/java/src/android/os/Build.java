package android.os;

/** What OkHttp 3 asks about the system. */
public final class Build {
  private Build() {}

  public static final class VERSION {
    private VERSION() {}

    public static final int SDK_INT = Integer.getInteger("android.sdk", 24);
  }
}
