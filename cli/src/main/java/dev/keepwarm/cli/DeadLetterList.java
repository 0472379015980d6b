package dev.keepwarm.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters, each with the reason why it cannot be carried out now.
 *
 * @param letters the letters
 * @param obstacles the reasons, one per letter
 * @param complete whether these are all that match
 * @param now when they were read, in milliseconds since the epoch
 */
record DeadLetterList(
    List<DeadLetter> letters, List<Obstacle> obstacles, boolean complete, long now) {
  /** Reads the dead letters that match, and puts them back. */
  static DeadLetterList read(Ports ports, DeadLetterFilter filter, int limit, Progress progress) {
    List<DeadLetter> found = new ArrayList<>();
    new DeadLetterRun(ports, filter, progress)
        .each(
            limit + 1,
            letters -> {
              found.addAll(letters);
              return List.of();
            });
    List<DeadLetter> shown = List.copyOf(found.subList(0, Math.min(limit, found.size())));
    List<Obstacle> obstacles =
        shown.isEmpty()
            ? List.of()
            : ports.calls().map(shown, letter -> Obstacle.of(letter, ports));
    return new DeadLetterList(shown, obstacles, found.size() <= limit, ports.clock().millis());
  }

  Map<String, @Nullable Object> json() {
    List<Map<String, @Nullable Object>> each = new ArrayList<>();
    for (int i = 0; i < letters.size(); i++) {
      Map<String, @Nullable Object> json = letters.get(i).json();
      json.put("reason", obstacles.get(i).code());
      json.put("what", obstacles.get(i).what());
      each.add(json);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("deadLetters", each);
    json.put("complete", complete);
    return json;
  }
}
