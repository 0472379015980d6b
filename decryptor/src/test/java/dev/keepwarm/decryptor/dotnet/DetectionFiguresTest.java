package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.decryptor.dotnet.DetectionGroups.Group;
import dev.keepwarm.decryptor.dotnet.DotNetDetector.Detection;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * How often a detection is right, wrong, ambiguous or without result, over four sets of groups of
 * values. Prints the table. {@code -Ddetection.step=1} takes all groups made from the vectors, not
 * some; {@code -Ddetection.sample=200} and {@code -Ddetection.everyday=200} as many generated ones
 * ({@code -Dseed=} other ones), and {@code -Ddetection.random=1000} as many sets of random bytes.
 */
class DetectionFiguresTest {

  private static final Set<String> SALT_AND_IV =
      Set.of("saltHex", "saltText", "saltEncoding", "ivHex", "ivBase64", "ivText");

  private final Seed seed = Seed.constant();
  private final int step = Integer.getInteger("detection.step", 397);
  private final Map<String, Map<Outcome, Integer>> table = new LinkedHashMap<>();
  private double slowestSeconds;

  private enum Outcome {
    RIGHT,
    WRONG,
    AMBIGUOUS,
    NONE
  }

  @Test
  void withTheVectorsParameters() throws IOException {
    List<Group> groups = DetectionGroups.ofVectors(seed);
    for (int at = 0; at < groups.size(); at += step) {
      tried(groups.get(at));
    }
    assertHardlyEverWrong();
  }

  @Test
  void withTheVectorsValues() throws IOException {
    List<Group> groups = DetectionGroups.ofVectorsValues();
    for (int at = 0; at < groups.size(); at += Math.max(1, step / 16)) {
      tried(groups.get(at));
    }
    assertHardlyEverWrong();
  }

  @Test
  void withGeneratedGroups() {
    DetectionGroups.sample(Integer.getInteger("detection.sample", 8), seed).forEach(this::tried);
    assertHardlyEverWrong();
  }

  @Test
  void withEverydayGroups() {
    DetectionGroups.everyday(Integer.getInteger("detection.everyday", 12), seed)
        .forEach(this::tried);
    assertHardlyEverWrong();
  }

  @Test
  void randomBytesMatchNothing() {
    int sets = Integer.getInteger("detection.random", 20);
    int matched = 0;
    for (int i = 0; i < sets; i++) {
      DotNetSecret secret =
          i % 2 == 0
              ? DotNetSecret.ofPassphrase("MAKV2SPBNI99212X")
              : DotNetSecret.ofKey(seed.bytes(8 * (1 + seed.below(4))));
      List<String> values = new ArrayList<>();
      for (int v = 0; v <= i % 10; v++) {
        values.add(Base64.getEncoder().encodeToString(seed.bytes(8 * (1 + seed.below(12)))));
      }
      Detection detection = detect(values, secret, Map.of());
      matched += detection.matches().isEmpty() ? 0 : 1;
      assertThat(detection.matches()).as("%s", values).isEmpty();
    }
    System.out.println("DETECTION  sets of random bytes: " + sets + ", matched: " + matched);
  }

  @AfterEach
  void print() {
    table.forEach((kind, counts) -> System.out.println("DETECTION  " + kind + ": " + counts));
    System.out.printf("DETECTION  slowest: %.1f s of one CPU%n", slowestSeconds);
  }

  private void assertHardlyEverWrong() {
    assertThat(table).hasSize(2);
    table.forEach((kind, counts) -> {
      int all = counts.values().stream().mapToInt(Integer::intValue).sum();
      assertThat(counts.get(Outcome.WRONG)).as(kind).isLessThanOrEqualTo(all / 100);
    });
  }

  private void tried(Group group) {
    tried(group, Map.of(), "secret alone");
    Map<String, Object> known = new LinkedHashMap<>(group.parameters());
    known.keySet().retainAll(SALT_AND_IV);
    if (!known.isEmpty()) {
      tried(group, known, "with salt or IV");
    }
  }

  private void tried(Group group, Map<String, Object> known, String kind) {
    Outcome outcome;
    String advice = "";
    try {
      Detection detection = detect(group.values().subList(0, group.shown()), group.secret(), known);
      advice = detection.advice();
      outcome =
          switch (detection.verdict()) {
            case NONE -> Outcome.NONE;
            case AMBIGUOUS -> Outcome.AMBIGUOUS;
            case FOUND -> isRight(detection, group) ? Outcome.RIGHT : Outcome.WRONG;
          };
    } catch (DotNetParametersException e) {
      // An IV for blocks that no known scheme has.
      outcome = Outcome.NONE;
    }
    if (outcome != Outcome.RIGHT) {
      System.out.println(
          "DETECTION  "
              + kind
              + ", "
              + outcome
              + ": "
              + group
              + ", "
              + group.shown()
              + " values "
              + advice);
    }
    table.computeIfAbsent(kind, _ -> counts()).merge(outcome, 1, Integer::sum);
  }

  private Detection detect(List<String> values, DotNetSecret secret, Map<String, Object> known) {
    long begun = cpuNanos();
    try {
      return DotNetDetector.detect(values, secret, known);
    } finally {
      slowestSeconds = Math.max(slowestSeconds, (cpuNanos() - begun) / 1e9);
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static boolean isRight(Detection detection, Group group) {
    DotNetParameters found = detection.matches().getFirst().parameters();
    DotNetDecoder decoder = DotNetDecoder.of(found, group.secret().adaptedTo(found).orElseThrow());
    for (int i = 0; i < group.values().size(); i++) {
      if (!(decoder.decode(group.values().get(i)) instanceof DotNetOutcome.Decoded(String text))
          || !withoutNul(text).equals(withoutNul(group.texts().get(i)))) {
        return false;
      }
    }
    return true;
  }

  private static String withoutNul(String text) {
    return text.replaceAll("\0+$", "");
  }

  private static Map<Outcome, Integer> counts() {
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    Arrays.stream(Outcome.values()).forEach(outcome -> counts.put(outcome, 0));
    return counts;
  }
}
