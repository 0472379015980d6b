package dev.keepwarm.decryptor.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/** When a fill need not read the entries to find the data key. */
final class TenantKeysTest {
  private static final CredentialId ID = new CredentialId("acme", "bank");
  private static final long NOW = ManualClock.START;

  private final MemoryKeys service = new MemoryKeys();
  private final TenantKeys keys = new TenantKeys(service);

  private DataKey key() {
    return keys.lazily(ID.tenant(), List.of(), NOW, NOW, TenantKeys.CONFIRMED_FOR).get();
  }

  private @Nullable DataKey recent(Entry entry, long now) {
    TenantKeys.Known known = keys.recent(entry, now, TenantKeys.CONFIRMED_FOR);
    return known == null ? null : known.key();
  }

  private static Entry tombstone(@Nullable Revocation revocation) {
    return Entry.bareTombstone(ID, 1, revocation);
  }

  private static Entry sealed(long dataKeyCreatedAt) {
    SdkBytes bytes = SdkBytes.fromByteArray(new byte[64]);
    return Entry.ready(
        ID,
        1,
        new SealedCredential(1, bytes, bytes, dataKeyCreatedAt, NOW, NOW + 1, NOW + 2),
        1,
        null,
        null);
  }

  @Test
  void itIsTheOneThatTheEntriesCalledForAMomentAgo() {
    assertThat(recent(tombstone(null), NOW)).isNull();
    assertThat(keys.knows(ID.tenant())).isFalse();
    DataKey key = key();

    long known = TenantKeys.KNOWN_FOR.toMillis();
    assertThat(recent(tombstone(null), NOW)).isSameAs(key);
    assertThat(recent(sealed(NOW), NOW + known - 1)).isSameAs(key);
    assertThat(recent(tombstone(null), NOW + known)).isNull();
    assertThat(recent(tombstone(null), NOW - 1)).as("a clock that was set back").isNull();
    assertThat(recent(Entry.bareTombstone(new CredentialId("other", "x"), 1, null), NOW)).isNull();
    assertThat(keys.knows(ID.tenant())).isTrue();
    assertThat(service.hooks().count()).isEqualTo(1);
  }

  @Test
  void whatTheEntryItselfSaysCountsAtOnce() {
    DataKey key = key();

    assertThat(recent(tombstone(new Revocation(1, NOW, 0)), NOW + 1)).isNull();
    assertThat(recent(tombstone(new Revocation(1, NOW - 1, 0)), NOW + 1)).isSameAs(key);
    assertThat(recent(sealed(NOW + 1), NOW + 1)).as("there is a later one").isNull();
  }

  @Test
  void itIsNotTheOneWhoseDayIsOver() {
    DataKey unused =
        keys.lazily(
                ID.tenant(), List.of(), NOW + Lifetimes.DATA_KEY_AGE, NOW, TenantKeys.CONFIRMED_FOR)
            .get();

    assertThat(recent(tombstone(null), NOW + Lifetimes.DATA_KEY_AGE)).isNull();
  }

  @Test
  void itIsForgottenWithTheOthers() {
    DataKey unused = key();
    keys.clear();

    assertThat(recent(tombstone(null), NOW)).isNull();
    assertThat(keys.knows(ID.tenant())).isFalse();
  }

  @Test
  void itIsConfirmedByKmsLikeAnyOther() {
    DataKey unused = key();

    assertThat(keys.recent(tombstone(null), NOW + 6_000, TenantKeys.CONFIRMED_FOR_A_READER))
        .isNull();
  }
}
