package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The subject of a change; a mixin of the commands that publish one. */
final class ChangeOptions {
  @Parameters(index = "0", arity = "0..1", paramLabel = "TENANT", description = "The tenant.")
  private @Nullable String given;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME",
      description = "The credential's name; without it, all credentials of the tenant.")
  private @Nullable String name;

  @Option(
      names = "--version",
      paramLabel = "N",
      converter = VersionConverter.class,
      description = "The version at the source that the change is about.")
  private @Nullable Long version;

  @Option(
      names = "--force",
      description = "With a version: proceed even if the source does not have it yet.")
  private boolean force;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "Instead of TENANT: all credentials in this file of JSON Lines, {\"tenant\","
              + " \"name\", \"version\"}, where only tenant is required; - for standard input.")
  private @Nullable String from;

  @Mixin private final WaitOptions wait = new WaitOptions();

  /** Refuses ids outside the grammar, and options that cannot be combined. */
  void check() {
    if ((given == null) == (from == null)) {
      throw CommandException.usage("exactly one of TENANT and --from is required");
    }
    if (given == null) {
      if (version != null) {
        throw CommandException.usage(
            "--version: not allowed with --from; put versions into the lines of the file");
      }
      return;
    }
    CredentialId.checkTenant(given);
    if (name != null) {
      CredentialId unused = new CredentialId(given, name);
    }
  }

  /** The tenant; empty with {@link #from}. */
  String tenant() {
    return given == null ? "" : given;
  }

  /** A file of changes; null if the change is about one tenant. */
  @Nullable String from() {
    return from;
  }

  @Nullable String name() {
    return name;
  }

  @Nullable Long version() {
    return version;
  }

  /**
   * Refuses a version that the source does not have. Most likely it is mistyped, and nothing would
   * ever reach it.
   *
   * @throws dev.keepwarm.core.KeepwarmException {@code INVALID_REQUEST}
   */
  void checkVersion(Known known) {
    if (version != null && !force) {
      known.requireVersion(version);
    }
  }

  /** Whether the source has a version, or the check does not apply. */
  boolean hasVersion(Known known, @Nullable Long wanted) {
    return wanted == null || force || known.without(wanted) == null;
  }

  WaitOptions waiting() {
    return wait;
  }

  /** The subject of the change, for people. */
  String subject() {
    return name == null ? "all credentials of " + tenant() : tenant() + " " + name;
  }
}
