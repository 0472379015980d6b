package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.decryptor.dotnet.DotNetOutcome.Decoded;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Values that people posted, each with the parameters that express how it was encrypted. */
class PublicCasesTest {

  @Test
  void everyCaseIsExpressedAndDecoded() throws IOException {
    Map<String, String> failures = new TreeMap<>();
    for (Vector each : cases()) {
      try {
        DotNetOutcome outcome =
            DotNetDecoder.of(
                    DotNetParameters.parse(each.object("parameters")),
                    DotNetSecret.parse(each.object("secret")))
                .decode(each.<String>list("values").getFirst());
        if (!outcome.equals(new Decoded(each.text("expectedOfFirst")))) {
          failures.put(each.id(), outcome.toString());
        }
      } catch (DotNetParametersException e) {
        failures.put(each.id(), e.getMessage());
      }
    }

    assertThat(failures).isEmpty();
    assertThat(cases()).hasSize(18);
  }

  private static List<Vector> cases() throws IOException {
    try (InputStream json =
        PublicCasesTest.class.getResourceAsStream("/vectors/public-cases/cases.json")) {
      Map<String, List<Map<String, Object>>> file =
          new ObjectMapper().readValue(json, new TypeReference<>() {});
      return file.get("cases").stream().map(each -> new Vector("cases.json", each)).toList();
    }
  }
}
