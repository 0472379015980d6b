package dev.keepwarm.demo;

/** Where to look when a check does not hold. */
final class LookAt {
  static final String LOG = "the functions' log, whose file is named below";
  static final String ENTRY =
      "the functions' log, whose file is named below; with --keep, keepwarm list TENANT";
  static final String STATUS =
      "the functions' log, whose file is named below; with --keep, keepwarm status";
  static final String DEAD_LETTERS =
      "the functions' log, whose file is named below; with --keep, the dead-letter queues, which"
          + " still have the messages: aws sqs list-queues";
  static final String LEAK =
      "the code that wrote plaintext there; please report it as SECURITY.md describes";

  private LookAt() {}
}
