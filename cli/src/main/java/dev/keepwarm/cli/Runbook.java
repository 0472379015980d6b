package dev.keepwarm.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** The sections of {@code docs/operations.md} that say what to do about alarms. */
final class Runbook {
  /** The sections, by the alarms' names. */
  static final Map<String, String> SECTIONS = sections();

  private Runbook() {}

  private static Map<String, String> sections() {
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("urgent-given-up", "dead-letters");
    sections.put("changes-given-up", "dead-letters");
    sections.put("due-given-up", "dead-letters");
    sections.put("urgent-late", "a-change-waits");
    sections.put("changes-late", "a-change-waits");
    sections.put("tampered", "tampered");
    sections.put("tampered-for-reader", "tampered");
    sections.put("undecodable", "undecodable");
    sections.put("not-delivered", "events-do-not-arrive");
    sections.put("functions-throttled", "functions-fail");
    sections.put("functions-fail", "functions-fail");
    sections.put("functions-slow", "functions-fail");
    sections.put("not-vouched", "freshness-records");
    sections.put("due-late", "cold-reads");
    sections.put("warmer-stopped", "the-warmer-has-stopped");
    sections.put("cold-reads", "cold-reads");
    return Map.copyOf(sections);
  }
}
