package devicestack;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Takes requests as lines of JSON, makes them side by side, and tells what came of each as a line of JSON. Ends with
 * standard input.
 */
public final class Main {
  private static final Gson JSON = new Gson();
  private static final PrintStream OUT = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));

  private Main() {}

  public static void main(String[] arguments) throws IOException {
    // OkHttp 3 asks so whether it is on Android.
    if (System.getProperty("stack.own") != null) System.setProperty("java.vm.name", "Dalvik");
    java.net.Authenticator.setDefault(new Logins());
    ExecutorService threads = Executors.newCachedThreadPool();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      Work work = JSON.fromJson(line, Work.class);
      threads.execute(() -> say(JSON.toJson(done(work))));
    }
    threads.shutdownNow();
    System.exit(0);
  }

  private static void say(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (OUT) {
      OUT.write(bytes, 0, bytes.length);
      OUT.flush();
    }
  }

  private static Seen done(Work work) {
    Seen seen = new Seen();
    seen.id = work.id;
    seen.url = work.url;
    long began = System.nanoTime();
    Logins.begin(work);
    Stack stack = null;
    try {
      stack = System.getProperty("stack.own") != null ? new OwnOkHttp(work) : new Platform(work, seen.byProxy);
      if (work.url.startsWith("https:")) seen.trusted = Tls.trusting(work.roots).trust.getAcceptedIssuers().length;
      for (int turn = 0; turn < work.times; turn++) {
        Fetched fetched = stack.fetch();
        seen.status = fetched.status;
        seen.body = fetched.body;
      }
    } catch (Logins.Endless e) {
      seen.endless = true;
      seen.errors.add("endless: the same credentials again after each refusal");
    } catch (Throwable e) {
      describe(e, seen, 0);
    }
    seen.asked = Logins.asked();
    if (stack != null) stack.close();
    seen.elapsedMs = (int) ((System.nanoTime() - began) / 1000000);
    return seen;
  }

  private static void describe(Throwable thrown, Seen seen, int depth) {
    if (thrown == null || depth > 6) return;
    seen.errors.add(thrown.getClass().getName() + ": " + thrown.getMessage());
    describe(thrown.getCause(), seen, depth + 1);
    for (Throwable other : thrown.getSuppressed()) describe(other, seen, depth + 1);
  }
}
