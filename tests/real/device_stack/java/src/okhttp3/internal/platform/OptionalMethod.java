package okhttp3.internal.platform;

import devicestack.OpenMethod;

/** Stands for OkHttp 3's class of this name. */
public class OptionalMethod<T> extends OpenMethod<T> {
  public OptionalMethod(Class<?> returned, String name, Class<?>... taken) {
    super(returned, name, taken);
  }
}
