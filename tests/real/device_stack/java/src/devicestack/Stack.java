package devicestack;

import java.io.IOException;

/** An HTTP stack that asks for one URL through one proxy, as often as it is told, keeping its connections. */
interface Stack {
  Fetched fetch() throws IOException;

  /** Closes what is still open. */
  void close();
}
