package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.FreshnessStore.Rotation;
import dev.keepwarm.engine.FreshnessStore.Secrets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm rotate-signing-key}. */
@Command(
    name = "rotate-signing-key",
    description = {
      "Replace the key that signs freshness records.",
      "",
      "The next decryptor that checks a slot makes the new key, within a turn of the wheel. This"
          + " command sees no key and needs no permission to use one. Both keys sign until the"
          + " seals made under the former key have ended. During that time another rotation has no"
          + " effect, except with --at-once. On a terminal the command asks for confirmation."
    },
    footer = {
      "",
      "JSON: {\"outcome\", \"formerUntil\"}; the outcome is ASKED, ROTATED, UNDER_WAY or"
          + " NO_KEY. With --show it is ONE_KEY, TWO_KEYS, ASKED or NO_KEY. ASKED means that a"
          + " rotation has been requested and no decryptor has made the new key yet."
    })
final class RotateSigningKeyCommand implements Callable<Integer> {
  /** How often to retry if other writers change the item at the same time. */
  private static final int ATTEMPTS = 10;

  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(
      names = "--at-once",
      description =
          "Stop signing with the former key at once, because somebody else may know it. All tenants"
              + " are sealed again in the next turn.")
  private boolean atOnce;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation.")
  private boolean yes;

  @Option(
      names = "--show",
      description =
          "Change nothing: only show whether there is a key, whether a rotation has been requested,"
              + " and until when a former key signs.")
  private boolean show;

  @Option(names = "--wait", description = "Wait until a decryptor has made the key.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "10m",
      converter = TimeoutConverter.class,
      description = "Maximum time to wait (default ${DEFAULT-VALUE}); then the exit code is 6.")
  private Duration timeout = Duration.ofMinutes(10);

  RotateSigningKeyCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  /** The outcomes. */
  private enum Outcome {
    /** The next check of a slot rotates the key. */
    ASKED("requested; the next check of a slot makes the new key"),
    /** A decryptor has made the new key. */
    ROTATED("rotated"),
    /** The former key still signs. */
    UNDER_WAY("nothing to do: the key was rotated already"),
    /** No key signs. */
    NO_KEY("nothing to do: there is no key, since no decryptor writes freshness records"),
    /** With --show: the usual state. */
    ONE_KEY("one key signs freshness records"),
    /** With --show: the key was rotated, and the former one still signs. */
    TWO_KEYS("two keys sign freshness records");

    private final String text;

    Outcome(String text) {
      this.text = text;
    }
  }

  @Override
  public Integer call() {
    try (Ports ports = factory.open()) {
      FreshnessStore store = ports.freshness();
      Secrets before = store.secrets();
      if (before == null) {
        report(Outcome.NO_KEY, null);
      } else if (show) {
        report(shown(before, ports.clock().millis()), before);
      } else if (isUnderWay(before, ports.clock().millis())) {
        report(Outcome.UNDER_WAY, before);
      } else {
        boolean isDone = !ask(store, before);
        if (wait && !isDone) {
          isDone = new Waiting(ports, timeout).until(() -> isReplaced(store, before));
          if (!isDone) {
            throw new KeepwarmException(
                ErrorCode.TIMEOUT, "no decryptor has made the key yet; the request remains");
          }
        }
        report(isDone ? Outcome.ROTATED : Outcome.ASKED, store.secrets());
      }
    }
    return ExitCode.DONE.number();
  }

  private static Outcome shown(Secrets secrets, long now) {
    if (secrets.asked() != null) {
      return Outcome.ASKED;
    }
    return doesFormerSign(secrets, now) ? Outcome.TWO_KEYS : Outcome.ONE_KEY;
  }

  private boolean isUnderWay(Secrets secrets, long now) {
    return !atOnce && secrets.asked() == null && doesFormerSign(secrets, now);
  }

  private static boolean doesFormerSign(Secrets secrets, long now) {
    Long until = secrets.formerUntil();
    return until != null && now < until;
  }

  /**
   * Requests a rotation, unless it has been requested already.
   *
   * @return false if the key has been replaced in the meantime
   */
  private boolean ask(FreshnessStore store, Secrets before) {
    Rotation wanted = atOnce ? Rotation.AT_ONCE : Rotation.GRADUAL;
    Secrets secrets = before;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (secrets.asked() == wanted || secrets.asked() == Rotation.AT_ONCE) {
        return true;
      }
      if (attempt == 1) {
        Confirmation.ask(
            io, yes, "Rotate the key that signs freshness records?", "nothing was rotated");
      }
      if (store.replaceSecrets(
          secrets,
          new Secrets(secrets.current(), secrets.former(), secrets.formerUntil(), wanted))) {
        return true;
      }
      Secrets now = store.secrets();
      if (now == null || !now.current().equals(before.current())) {
        return false;
      }
      secrets = now;
    }
    throw new KeepwarmException(
        ErrorCode.UNAVAILABLE, "other writers kept changing the item of the signing key");
  }

  private static boolean isReplaced(FreshnessStore store, Secrets before) {
    Secrets now = store.secrets();
    return now != null && !now.current().equals(before.current());
  }

  private void report(Outcome outcome, @Nullable Secrets secrets) {
    Long until = secrets == null || outcome == Outcome.ONE_KEY ? null : secrets.formerUntil();
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("outcome", outcome.name());
      json.put("formerUntil", until == null ? null : Instant.ofEpochMilli(until).toString());
      io.json(json);
    } else {
      io.out()
          .println(
              until == null || outcome == Outcome.ASKED
                  ? outcome.text
                  : outcome.text + "; the former key signs until " + Instant.ofEpochMilli(until));
    }
  }
}
