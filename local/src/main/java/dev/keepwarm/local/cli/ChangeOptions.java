package dev.keepwarm.local.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a change is about; a mixin of the commands that publish one. */
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

  @Option(
      names = "--force",
      description = "With --version: even if the source has no such version yet.")
  private boolean force;

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

  /**
   * Refuses a version that the source does not have: most likely it is mistyped, and whatever waits
   * for it waits in vain.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_REQUEST}
   */
  void checkVersion(Known known) {
    CredentialId without = version == null || force ? null : known.without(version);
    if (without != null) {
      Long there = known.versionAtSource(without);
      throw new KeepwarmException(
          ErrorCode.INVALID_REQUEST,
          "--version: the source has "
              + without
              + (there == null ? "" : " in version " + there)
              + ", which is less; --force publishes it all the same");
    }
  }

  WaitOptions waiting() {
    return wait;
  }

  /** What the change is about, for people. */
  String subject() {
    return name == null ? "all credentials of " + tenant : tenant + " " + name;
  }
}
