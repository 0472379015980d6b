package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.decryptor.dotnet.DotNetDetector.Detection;
import dev.keepwarm.decryptor.dotnet.DotNetDetector.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * How often a detection is right, wrong, ambiguous or without result, over the parameters of the
 * built-in vectors. Prints the table. {@code -Ddetection.step=1} takes all of them, not a sample;
 * {@code -Ddetection.random=1000} as many sets of random bytes.
 */
class DetectionFiguresTest {

  private static final List<String> TEXTS =
      List.of(
          "Tr0ub4dor&3-payroll",
          "{\"username\":\"hr_sync\",\"password\":\"Winter-2024!\"}",
          "Server=sql01.corp.example;User Id=sa;Password=pa$$w0rd;");

  private static final Set<String> SALT_AND_IV =
      Set.of("saltHex", "saltText", "saltEncoding", "ivHex", "ivBase64", "ivText");

  private final Seed seed = Seed.constant();
  private long slowest;

  private enum Outcome {
    RIGHT,
    WRONG,
    AMBIGUOUS,
    NONE
  }

  @Test
  void detectionIsHardlyEverWrong() throws IOException {
    Map<String, Map<Outcome, Integer>> table = new LinkedHashMap<>();
    int step = Integer.getInteger("detection.step", 397);
    List<Vector> vectors =
        Stream.concat(
                Vectors.in(Vectors.builtInFolder()).stream(),
                Vectors.in(Vectors.folderOfMore()).stream())
            .filter(vector -> vector.kind().equals("positive"))
            .filter(vector -> !vector.file().startsWith("base64-handling"))
            .toList();
    for (int at = 0; at < vectors.size(); at += step) {
      Vector vector = vectors.get(at);
      tried(vector, Map.of(), table.computeIfAbsent("secret alone", _ -> counts()));
      Map<String, Object> known = new LinkedHashMap<>(vector.openParameters());
      known.keySet().retainAll(SALT_AND_IV);
      if (!known.isEmpty()) {
        tried(vector, known, table.computeIfAbsent("with salt or IV", _ -> counts()));
      }
    }
    System.out.println("DETECTION  right / wrong / ambiguous / none");
    table.forEach((kind, counts) -> System.out.println("DETECTION  " + kind + ": " + counts));
    System.out.println("DETECTION  slowest: " + slowest / 1_000_000 + " ms");
    assertThat(table).hasSize(2);
    table.forEach((kind, counts) -> {
      int all = counts.values().stream().mapToInt(Integer::intValue).sum();
      assertThat(counts.get(Outcome.WRONG)).as(kind).isLessThanOrEqualTo(all / 100);
    });
  }

  @Test
  void randomBytesMatchNothing() {
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212X");
    for (int i = 0; i < Integer.getInteger("detection.random", 1); i++) {
      List<String> values = new ArrayList<>();
      for (int v = 0; v <= i % 4; v++) {
        values.add(Base64.getEncoder().encodeToString(seed.bytes(16 * (1 + seed.below(6)))));
      }
      assertThat(DotNetDetector.detect(values, secret, Map.of()).matches())
          .as("%s", values)
          .isEmpty();
    }
  }

  private void tried(Vector vector, Map<String, ?> known, Map<Outcome, Integer> counts) {
    DotNetParameters parameters = DotNetParameters.parse(vector.openParameters());
    Encryptor encryptor = new Encryptor(parameters, vector.secret(), seed);
    List<String> values = TEXTS.stream().map(encryptor::encrypt).toList();
    Detection detection;
    long begun = System.nanoTime();
    try {
      detection = DotNetDetector.detect(values, vector.secret(), known);
    } catch (DotNetParametersException e) {
      // An IV for blocks that no known scheme has.
      counts.merge(Outcome.NONE, 1, Integer::sum);
      return;
    }
    slowest = Math.max(slowest, System.nanoTime() - begun);
    Outcome outcome =
        switch (detection.verdict()) {
          case NONE -> Outcome.NONE;
          case AMBIGUOUS -> Outcome.AMBIGUOUS;
          case FOUND -> isRight(detection, vector.secret(), values) ? Outcome.RIGHT : Outcome.WRONG;
        };
    if (outcome != Outcome.RIGHT) {
      System.out.println("DETECTION  " + outcome + " " + vector.id() + " " + detection.advice());
    }
    counts.merge(outcome, 1, Integer::sum);
  }

  private static boolean isRight(Detection detection, DotNetSecret secret, List<String> values) {
    DotNetParameters found = detection.matches().getFirst().parameters();
    DotNetDecoder decoder = DotNetDecoder.of(found, secret.adaptedTo(found).orElseThrow());
    for (int i = 0; i < values.size(); i++) {
      if (!(decoder.decode(values.get(i)) instanceof DotNetOutcome.Decoded(String text))
          || !text.stripTrailing().replaceAll("\0+$", "").equals(TEXTS.get(i))) {
        return false;
      }
    }
    return detection.verdict() == Verdict.FOUND;
  }

  private static Map<Outcome, Integer> counts() {
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      counts.put(outcome, 0);
    }
    return counts;
  }
}
