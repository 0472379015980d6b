package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cdklabs.cdknag.AwsSolutionsChecks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Aspects;
import software.amazon.awscdk.assertions.Annotations;
import software.amazon.awscdk.assertions.Match;
import software.amazon.awscdk.cxapi.SynthesisMessage;

/**
 * cdk-nag's rules for AWS solutions; for each rule that is not followed, the template has the
 * reason.
 */
class NagTest {
  @TempDir Path directory;

  @Test
  void theStackFollowsTheRulesOrSaysWhyNot() {
    assertThat(findings(UnaryOperator.identity())).isEmpty();
  }

  @Test
  void soItDoesWithOtherSources() {
    assertThat(findings(Variants::jdbc)).isEmpty();
    assertThat(findings(Variants::secrets)).isEmpty();
  }

  @Test
  void everySuppressionHasAReason() {
    List<String> reasons = new ArrayList<>();
    for (JsonNode resource : new Synthesised(directory).template(Variants::jdbc).get("Resources")) {
      resource
          .path("Metadata")
          .path("cdk_nag")
          .path("rules_to_suppress")
          .forEach(rule -> reasons.add(rule.get("reason").asText()));
    }

    assertThat(reasons).isNotEmpty().allMatch(reason -> reason.split(" ").length > 5);
  }

  private List<String> findings(UnaryOperator<KeepwarmProps.Builder> change) {
    Synthesised synthesised = new Synthesised(directory);
    App app = synthesised.app();
    KeepwarmStack stack =
        new KeepwarmStack(app, "Keepwarm", change.apply(synthesised.props()).build());
    Aspects.of(app).add(new AwsSolutionsChecks());
    Annotations annotations = Annotations.fromStack(stack);
    List<SynthesisMessage> messages = new ArrayList<>();
    messages.addAll(annotations.findError("*", Match.stringLikeRegexp("AwsSolutions-.*")));
    messages.addAll(
        annotations.findWarning("*", Match.stringLikeRegexp("(AwsSolutions-|CdkNag).*")));
    return messages.stream()
        .map(message -> message.getId() + ": " + message.getEntry().getData())
        .toList();
  }
}
