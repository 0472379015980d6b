package dev.keepwarm.local.cli;

import dev.keepwarm.core.CredentialId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a change is about; a mixin of {@code rotate}, {@code invalidate} and {@code revoke}. */
final class ChangeOptions {
  @Parameters(index = "0", paramLabel = "TENANT", description = "Whose credentials.")
  private String tenant = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME",
      description = "Which one; without it, all of the tenant's.")
  private @Nullable String name;

  @Option(
      names = "--version",
      paramLabel = "N",
      converter = VersionConverter.class,
      description = "The source's version that the change is about.")
  private @Nullable Long version;

  @Mixin private final WaitOptions wait = new WaitOptions();

  /** Refuses ids outside the grammar. */
  void check() {
    CredentialId.checkTenant(tenant);
    if (name != null) {
      CredentialId unused = new CredentialId(tenant, name);
    }
  }

  String tenant() {
    return tenant;
  }

  @Nullable String name() {
    return name;
  }

  @Nullable Long version() {
    return version;
  }

  WaitOptions waiting() {
    return wait;
  }

  /** What the change is about, for people. */
  String subject() {
    return name == null ? "all credentials of " + tenant : tenant + " " + name;
  }
}
