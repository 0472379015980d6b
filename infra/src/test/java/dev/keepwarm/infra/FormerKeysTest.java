package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;

/** {@code formerKeys}: they are listed after the current key, and only decrypt. */
class FormerKeysTest {
  private static final String OLD = "arn:aws:kms:eu-central-1:111122223333:key/old";
  private static final String OLDER = "arn:aws:kms:eu-central-1:111122223333:key/older";

  @TempDir Path directory;

  @Test
  void eachFunctionThatHasKeysHasThemAfterTheCurrentOne() {
    Map<String, JsonNode> functions =
        Synthesised.resources(withFormerKeys(), "AWS::Lambda::Function");
    List<JsonNode> keys = new ArrayList<>();
    functions
        .values()
        .forEach(function -> {
          JsonNode value = function.at("/Properties/Environment/Variables/KEEPWARM_KMS_KEY");
          if (!value.isMissingNode()) {
            keys.add(value.at("/Fn::Join/1"));
          }
        });

    assertThat(keys)
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(joined -> {
          assertThat(joined).hasSize(2);
          assertThat(joined.at("/0/Fn::GetAtt/0").asText()).startsWith("KeepwarmKey");
          assertThat(joined.get(1).asText()).isEqualTo("," + OLD + "," + OLDER);
        });
  }

  /**
   * Readers, and the functions that decrypt originals and secrets. The functions' own data keys are
   * new.
   */
  @Test
  void whoDecryptsUnderTheCurrentKeyDecryptsUnderThemAlsoAndNobodyMore() {
    List<String> without = PermissionMatrix.of(stack(List.of()));
    List<String> with = PermissionMatrix.of(withFormerKeys());
    List<String> more = new ArrayList<>(with);
    more.removeAll(without);

    List<String> expected =
        without.stream()
            .filter(row -> row.contains("| kms:Decrypt | Key |"))
            .filter(row -> !row.matches("\\| (Decryptor|Resolver)Role .*:tenant` false.*"))
            .flatMap(row ->
                Stream.of(OLD, OLDER).map(former -> row.replace("| Key |", "| " + former + " |")))
            .toList();
    assertThat(expected).anyMatch(row -> row.startsWith("| DecryptorRole | kms:Decrypt | "));
    assertThat(expected).anyMatch(row -> row.startsWith("| Reader | kms:Decrypt | "));
    assertThat(expected).anyMatch(row -> row.startsWith("| AcmesReader | kms:Decrypt | "));
    assertThat(more).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(with).containsAll(without);
  }

  private JsonNode withFormerKeys() {
    return stack(List.of(OLD, OLDER));
  }

  /** With a reader of all tenants and one of a single tenant. */
  private JsonNode stack(List<String> formerKeys) {
    return new Synthesised(directory)
        .template(
            props -> props.profiles(Variants.PROFILES).formerKeys(formerKeys),
            stack -> {
              stack.keepwarm().grantRead(role(stack, "Reader"));
              stack.keepwarm().grantReadForTenant(role(stack, "AcmesReader"), "acme");
            });
  }

  private static Role role(KeepwarmStack stack, String id) {
    return Role.Builder.create(stack, id)
        .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
        .build();
  }
}
