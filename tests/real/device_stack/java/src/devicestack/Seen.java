package devicestack;

import java.util.ArrayList;
import java.util.List;

/** What came of a request: a line of JSON on standard output. */
final class Seen {
  int id;
  String url;
  /** The last answer's status, 0 where there was none. */
  int status;
  /** The beginning of the last answer's content. */
  String body = "";
  /** What the stack threw: every exception with its causes, `class: message`. Empty where the request succeeded. */
  List<String> errors = new ArrayList<>();
  /** What failed on the way through the proxy before the stack tried a direct connection. */
  List<String> byProxy = new ArrayList<>();
  /** How often the stack asked for user name and password. */
  int asked;
  /** Whether the stack never stops to answer challenges, and was stopped by us. */
  boolean endless;
  int elapsedMs;
  /** How many roots the stack trusts, 0 where it did not come to that. */
  int trusted;
}
