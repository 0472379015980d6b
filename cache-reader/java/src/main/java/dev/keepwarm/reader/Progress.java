package dev.keepwarm.reader;

/** The service that a lookup is calling, for the error message of a timeout. Thread-safe. */
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
