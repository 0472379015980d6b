package dev.keepwarm.cli.explain;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Helpers as people write them, each with the parameters that have to be read and the parts that
 * have to be reported as unread. We wrote them; their calls are those of samples that circulate.
 */
class ExplanationHelpersTest {

  static Stream<Path> helpers() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder())) {
      files = all.filter(file -> !file.toString().endsWith(".json")).sorted().toList();
    }
    return files.stream();
  }

  @ParameterizedTest
  @MethodSource("helpers")
  void readsAHelper(Path helper) throws IOException {
    String name = requireNonNull(helper.getFileName()).toString();
    Path json = folder().resolve(name.substring(0, name.lastIndexOf('.')) + ".json");
    Map<String, Object> expected = new LinkedHashMap<>(Json.parseObject(Files.readString(json)));
    Object unseen = expected.remove("unseen");

    Explanation explanation = Explanation.of(Files.readString(helper));

    assertThat(explanation.unseen()).isEqualTo(unseen == null ? List.of() : unseen);
    assertThat(explanation.parameters()).isEqualTo(expected);
    assertThat(explanation.toString()).doesNotContain("CANARY");
  }

  private static Path folder() {
    return Checkout.root().resolve("cli/src/test/resources/helpers");
  }
}
