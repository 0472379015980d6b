package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.cli.Io;
import dev.keepwarm.cli.KeepwarmCommand;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.OnMiss;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Entries that are vouched for instead of sealed again, on real endpoints. */
@ExtendWith(EndpointsExtension.class)
class VouchingIT {
  private static final Map<String, String> SETTINGS =
      Map.of("KEEPWARM_TTL", "6s", "KEEPWARM_FRESHNESS", "true", "KEEPWARM_SEAL_LIFE", "1h");

  private final InstantSource clock = InstantSource.system();

  @Test
  void whatDoesNotChangeIsReadLongAfterItsHardExpiryAndNotWrittenAgain(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.on(endpoints, SETTINGS, 1000);
        KeepwarmReader warmOnly = warmOnly(world)) {
      CredentialId bank = EndpointWorld.newId("bank");
      Entry sealed = vouchable(world, bank);

      for (int life = 1; life <= 2; life++) {
        long end = sealed(sealed).hardExpiresAt() + (life - 1) * 6_000L;
        await().until(() -> clock.millis() >= end);
        // On a slow machine a record may have ended before it is read.
        await()
            .until(() -> {
              checkAgain(world, bank);
              return "the value".equals(readWarm(warmOnly, bank));
            });
      }

      assertThat(world.entry(bank)).isEqualTo(sealed);
    }
  }

  @Test
  void aTickOfTheWarmerVouchesForWholeSlots(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.on(endpoints, SETTINGS, 1000)) {
      CredentialId bank = EndpointWorld.newId("bank");
      Entry sealed = vouchable(world, bank);
      long end = sealed(sealed).hardExpiresAt();

      await()
          .until(() -> {
            world.tick();
            FreshnessRecord record = record(world, bank);
            return record != null && record.checkedAt() >= end;
          });

      assertThat(world.entry(bank)).isEqualTo(sealed);
    }
  }

  @Test
  void aRotationIsReadAtOnceAndVouchedForAfterwards(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.on(endpoints, SETTINGS, 1000)) {
      CredentialId bank = EndpointWorld.newId("bank");
      Entry sealed = vouchable(world, bank);

      world.atSource(bank, "the next value", 2);
      world.publish(new Event.Rotated(bank.tenant(), bank.name(), 2L));
      world.awaitReady(bank, 2);

      assertThat(world.read(bank)).isEqualTo("the next value");
      Entry next = awaitVouchable(world, bank);
      assertThat(next.version()).isEqualTo(2);
      assertThat(vouching(next).id()).isNotEqualTo(vouching(sealed).id());
    }
  }

  @Test
  void aRevocationEndsWhatIsVouchedForAtOnce(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.on(endpoints, SETTINGS, 1000)) {
      CredentialId bank = EndpointWorld.newId("bank");
      CredentialId tax = EndpointWorld.sibling(bank, "tax");
      world.atSource(tax, "the other value", 1);
      Entry unused = vouchable(world, bank);

      world.publish(new Event.Revoked(bank.tenant(), bank.name(), 1L));
      world.awaitEntry(bank, entry -> entry.state() == EntryState.INVALID);
      assertThat(world.refusal(bank).code()).isEqualTo(ErrorCode.REVOKED);
      assertThat(world.read(tax)).isEqualTo("the other value");

      world.refresh(bank.tenant());
      world.awaitQuiet();
      assertThat(world.refusal(bank).code()).isEqualTo(ErrorCode.REVOKED);
    }
  }

  @Test
  void aRotationOfTheSigningKeyLeavesReadableWhatWasSealedBefore(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.on(endpoints, SETTINGS, 1000);
        KeepwarmReader warmOnly = warmOnly(world)) {
      CredentialId bank = EndpointWorld.newId("bank");
      Entry sealed = vouchable(world, bank);

      assertThat(rotateSigningKey(world)).contains("\"ASKED\"");
      await()
          .until(() -> {
            checkAgain(world, bank);
            return rotateSigningKey(world).contains("\"UNDER_WAY\"");
          });

      long end = sealed(sealed).hardExpiresAt();
      await().until(() -> clock.millis() >= end);
      await()
          .until(() -> {
            checkAgain(world, bank);
            return "the value".equals(readWarm(warmOnly, bank));
          });
      assertThat(world.entry(bank)).as("vouched for, not sealed again").isEqualTo(sealed);
    }
  }

  private static String rotateSigningKey(EndpointWorld world) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    int exitCode =
        KeepwarmCommand.run(
            new Io(InputStream.nullInputStream(), out, out, null),
            world.stack().environment(),
            "rotate-signing-key",
            "--yes",
            "--json");
    assertThat(exitCode).as(() -> printed.toString(StandardCharsets.UTF_8)).isZero();
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static Entry vouchable(EndpointWorld world, CredentialId id) {
    world.atSource(id, "the value", 1);
    world.wheel().enrol(id.tenant());
    return awaitVouchable(world, id);
  }

  private static Entry awaitVouchable(EndpointWorld world, CredentialId id) {
    world.refresh(id.tenant());
    return world.awaitEntry(
        id, entry -> entry.sealed() != null && entry.sealed().vouching() != null);
  }

  /** Lets the decryptor check the tenant, and waits for the record that says so. */
  private void checkAgain(EndpointWorld world, CredentialId id) {
    long now = clock.millis();
    world.refresh(id.tenant());
    await()
        .until(() -> {
          FreshnessRecord record = record(world, id);
          return record != null && record.checkedAt() >= now;
        });
  }

  private static @Nullable FreshnessRecord record(EndpointWorld world, CredentialId id) {
    return world.record(vouching(world.entry(id)).slot());
  }

  private static SealedCredential sealed(Entry entry) {
    return Objects.requireNonNull(entry.sealed());
  }

  private static Vouching vouching(Entry entry) {
    return Objects.requireNonNull(sealed(entry).vouching());
  }

  private static KeepwarmReader warmOnly(EndpointWorld world) {
    return world.readerWith(Duration.ZERO).onMiss(OnMiss.FAIL).build();
  }

  private static @Nullable String readWarm(KeepwarmReader reader, CredentialId id) {
    try {
      return reader.get(id).text();
    } catch (KeepwarmException e) {
      return null;
    }
  }
}
