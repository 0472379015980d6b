package dev.keepwarm.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A problem found by {@code keepwarm status}.
 *
 * @param exitCode the command's exit code if no worse problem was found
 * @param code a stable code
 * @param what one line for people, without the code
 * @param runbook the section of {@code docs/operations.md} that helps; null if there is none
 */
record Problem(ExitCode exitCode, String code, String what, @Nullable String runbook) {
  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("code", code);
    json.put("what", what);
    json.put("runbook", runbook == null ? null : "docs/operations.md#" + runbook);
    return json;
  }
}
