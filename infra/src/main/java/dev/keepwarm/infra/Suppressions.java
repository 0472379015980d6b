package dev.keepwarm.infra;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.CfnResource;
import software.constructs.IConstruct;

/**
 * Records in the template which rules of cdk-nag are not followed, and why. It writes the form that
 * cdk-nag reads, so its library is not needed here.
 */
final class Suppressions {
  private Suppressions() {}

  /** Suppresses one rule for one resource. */
  static void add(IConstruct construct, String rule, String reason) {
    CfnResource resource =
        (CfnResource) Objects.requireNonNull(construct.getNode().getDefaultChild());
    resource.addMetadata(
        "cdk_nag", Map.of("rules_to_suppress", List.of(Ordered.map("id", rule, "reason", reason))));
  }
}
