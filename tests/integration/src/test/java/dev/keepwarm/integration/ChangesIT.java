package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The effects of change events, from the bus to a reader's result. */
@ExtendWith(EndpointsExtension.class)
class ChangesIT {
  private static EndpointWorld world;

  @BeforeAll
  static void start(Endpoints endpoints) {
    world = EndpointWorld.on(endpoints, Map.of("KEEPWARM_RETRY_FAILED", "1s"), 1000);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void theOldValueOfARotationIsReadableUntilItIsDoneAndNotAfterwards() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "old", 1);
    world.atSource(id, "new", 2);

    world.publish(new Event.Rotated(id.tenant(), id.name(), 2L));

    await()
        .until(() -> {
          assertThat(world.read(id)).isIn("old", "new");
          return world.entry(id).version() == 2;
        });
    world.awaitQuiet();
    assertThat(world.read(id)).isEqualTo("new");
    assertThat(world.reader().get(id).version()).isEqualTo(2);
  }

  @Test
  void aRotationAheadOfTheSourceIsDoneWhenTheSourceHasIt() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "old", 1);

    world.publish(new Event.Rotated(id.tenant(), id.name(), 2L));

    // The announced version is the oldest that may follow. Meanwhile no reader gets the old one.
    Entry tombstone = world.awaitEntry(id, entry -> entry.state() == EntryState.INVALID);
    assertThat(tombstone.evidence().announced()).isEqualTo(2);
    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(world.messages(world.stack().resources().changesQueueUrl())).isEqualTo(1);

    world.atSource(id, "new", 2);

    // There are no reads, so the value comes from the queue's redelivery.
    world.awaitReady(id, 2);
    world.awaitQuiet();
    assertThat(world.read(id)).isEqualTo("new");
  }

  @Test
  void anInvalidationServesWhatARestoredBackupHas() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "lost", 5);
    world.atSource(id, "restored", 3);
    world.refresh(id.tenant());
    world.awaitQuiet();
    assertThat(world.read(id)).as("without being told, nothing goes back").isEqualTo("lost");

    world.publish(new Event.Invalidated(id.tenant(), id.name(), null));

    world.awaitReady(id, 3);
    assertThat(world.read(id)).isEqualTo("restored");
  }

  @Test
  void aReaderInvalidatesForEverybody() {
    CredentialId id = EndpointWorld.newId("payroll");
    Entry before = world.warm(id, "value", 1);

    world.reader().invalidate(id);

    Entry after =
        world.awaitEntry(
            id, entry -> entry.fence() > before.fence() && entry.state() == EntryState.READY);
    assertThat(after.sealed()).isNotEqualTo(before.sealed());
    assertThat(world.read(id)).isEqualTo("value");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(longs = 1)
  void whatIsRevokedIsRefusedUntilTheSourceHasANewerVersion(@Nullable Long version) {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "revoked", 1);

    world.publish(new Event.Revoked(id.tenant(), id.name(), version));

    world.awaitEntry(id, Entry::isRevokedTombstone);
    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.REVOKED);
    world.awaitQuiet();
    assertThat(world.wheel().isEnrolled(id.tenant())).isFalse();
    assertThat(world.entry(id).revocation().version()).isEqualTo(1);

    world.refresh(id.tenant());
    world.awaitQuiet();
    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.REVOKED);

    world.atSource(id, "newer", 2);

    // Without an event: readers resolve again from time to time.
    await().ignoreException(KeepwarmException.class).until(() -> world.read(id).equals("newer"));
    assertThat(world.wheel().isEnrolled(id.tenant())).isTrue();
  }

  @Test
  void aRevocationOfAnOlderVersionLeavesTheNewerOneReadableUnderAnotherDataKey() {
    CredentialId id = EndpointWorld.newId("payroll");
    CredentialId sibling = EndpointWorld.sibling(id, "bank");
    world.atSource(sibling, "not revoked", 1);
    Entry before = world.warm(id, "revoked", 1);
    assertThat(world.awaitReady(sibling, 1).sealed().dataKey())
        .isEqualTo(before.sealed().dataKey());
    world.atSource(id, "newer", 2);

    world.publish(new Event.Revoked(id.tenant(), id.name(), 1L));

    Entry after = world.awaitReady(id, 2);
    assertThat(after.sealed().dataKey()).isNotEqualTo(before.sealed().dataKey());
    assertThat(world.read(id)).isEqualTo("newer");
  }

  @Test
  void aChangeOfATenantReachesAllOfItsCredentials() {
    CredentialId a = EndpointWorld.newId("a");
    CredentialId b = EndpointWorld.sibling(a, "b");
    world.atSource(a, "a1", 1);
    world.warm(b, "b1", 1);
    world.awaitReady(a, 1);

    world.atSource(a, "a2", 2);
    world.atSource(b, "b2", 2);
    world.publish(new Event.Rotated(a.tenant(), null, null));
    world.awaitReady(a, 2);
    world.awaitReady(b, 2);

    world.atSource(a, "a restored", 1);
    world.atSource(b, "b restored", 1);
    world.publish(new Event.Invalidated(a.tenant(), null, null));
    world.awaitReady(a, 1);
    world.awaitReady(b, 1);
    assertThat(world.read(a)).isEqualTo("a restored");
    assertThat(world.read(b)).isEqualTo("b restored");

    world.publish(new Event.Revoked(a.tenant(), null, null));
    world.awaitEntry(a, Entry::isRevokedTombstone);
    world.awaitEntry(b, Entry::isRevokedTombstone);
    world.awaitQuiet();
    // Before any read: some time later, a resolve looks at the source again and enrols the tenant
    // until its next turn.
    assertThat(world.wheel().isEnrolled(a.tenant())).isFalse();
    assertThat(world.refusal(a).code()).isEqualTo(ErrorCode.REVOKED);
    assertThat(world.refusal(b).code()).isEqualTo(ErrorCode.REVOKED);
  }

  @Test
  void whoIsRejectedGetsTheNewValueThatNobodyHasAnnounced() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "old", 1);
    List<String> used = new ArrayList<>();
    try (KeepwarmReader reader = world.readerWith(Duration.ofMinutes(1)).build()) {
      assertThat(reader.get(id).text()).isEqualTo("old");
      world.atSource(id, "new", 2);

      String accepted =
          reader.withCredential(
              id,
              credential -> {
                used.add(credential.text());
                if (credential.text().equals("old")) {
                  throw new CredentialRejectedException("401");
                }
                return credential.text();
              });

      assertThat(accepted).isEqualTo("new");
      assertThat(used).containsExactly("old", "new");
      assertThat(reader.get(id).text()).isEqualTo("new");
    }
  }
}
