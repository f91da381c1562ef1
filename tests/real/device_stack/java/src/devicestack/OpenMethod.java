package devicestack;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * A method that may or may not be there, called by its name.
 *
 * OkHttp's own class of this kind may not call public methods of Conscrypt's classes that are not public outside of
 * Android. Its two subclasses stand for it.
 */
public class OpenMethod<T> {
  private final Class<?> returned;
  private final String name;
  private final Class<?>[] taken;

  protected OpenMethod(Class<?> returned, String name, Class<?>... taken) {
    this.returned = returned;
    this.name = name;
    this.taken = taken;
  }

  private Method of(Class<?> owner) {
    try {
      Method found = owner.getMethod(name, taken);
      if (returned != null && !returned.isAssignableFrom(found.getReturnType())) return null;
      found.setAccessible(true);
      return found;
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  public boolean isSupported(T target) {
    return of(target.getClass()) != null;
  }

  public Object invokeOptional(T target, Object... given) throws InvocationTargetException {
    Method found = of(target.getClass());
    if (found == null) return null;
    try {
      return found.invoke(target, given);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  public Object invokeOptionalWithoutCheckedException(T target, Object... given) {
    try {
      return invokeOptional(target, given);
    } catch (InvocationTargetException e) {
      if (e.getTargetException() instanceof RuntimeException) throw (RuntimeException) e.getTargetException();
      throw new AssertionError(e.getTargetException());
    }
  }

  public Object invoke(T target, Object... given) throws InvocationTargetException {
    if (!isSupported(target)) throw new AssertionError(name + " is not there for " + target);
    return invokeOptional(target, given);
  }

  public Object invokeWithoutCheckedException(T target, Object... given) {
    if (!isSupported(target)) throw new AssertionError(name + " is not there for " + target);
    return invokeOptionalWithoutCheckedException(target, given);
  }
}
