package dev.keepwarm.reader;

/** Who is being asked by a lookup, for the message if there is no answer. Thread-safe. */
final class Progress {
  static final String TABLE = "the cache table";
  static final String KMS = "KMS";
  static final String DECRYPTOR = "the decryptor";

  private volatile String asked = TABLE;

  void asks(String who) {
    asked = who;
  }

  String asked() {
    return asked;
  }
}
