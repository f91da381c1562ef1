package devicestack;

/** One request to make: a line of JSON on standard input. */
final class Work {
  int id;
  String url;
  String proxyHost;
  int proxyPort;
  String user;
  String password;
  /** A file of PEM certificates that are trusted besides the system's store: the lab's authorities. */
  String roots;
  int patienceMs = 5000;
  /** How often the same URL is asked for, one after the other, by the same client. */
  int times = 1;
}
