package devicestack;

import java.net.Authenticator;
import java.net.PasswordAuthentication;

/**
 * The user name and password of the proxy screen, as the platform keeps them: one Authenticator for all.
 *
 * Work is done by one thread each, so what belongs to a request is kept with the thread.
 */
final class Logins extends Authenticator {
  /** How many challenges are answered before a stack counts as one that never stops. OkHttp 3 stops at 21. */
  static final int LIMIT = 24;

  private static final ThreadLocal<Work> WORK = new ThreadLocal<>();
  private static final ThreadLocal<Integer> ASKED = ThreadLocal.withInitial(() -> 0);

  /** Thrown through the stack, which catches no errors. */
  static final class Endless extends Error {
    private static final long serialVersionUID = 1;
  }

  static void begin(Work work) {
    WORK.set(work);
    ASKED.set(0);
  }

  static int asked() {
    return ASKED.get();
  }

  @Override protected PasswordAuthentication getPasswordAuthentication() {
    Work work = WORK.get();
    if (work == null || getRequestorType() != RequestorType.PROXY) return null;
    ASKED.set(ASKED.get() + 1);
    if (ASKED.get() > LIMIT) throw new Endless();
    return work.user == null ? null : new PasswordAuthentication(work.user, work.password.toCharArray());
  }
}
