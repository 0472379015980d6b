package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keepwarm.core.ErrorCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EntryTest {
  @Test
  void isWarmUntilTheMomentOfItsHardExpiry() {
    long hardExpiresAt = Entries.NOW + 3;

    assertThat(Entries.ready().isWarm(hardExpiresAt - 1)).isTrue();
    assertThat(Entries.ready().isWarm(hardExpiresAt)).isFalse();
    assertThat(Entries.tombstone().isWarm(0)).isFalse();
    assertThat(Entries.failed().isWarm(0)).isFalse();
  }

  @Test
  void isDueFromTheMomentOfItsSoftExpiry() {
    SealedCredential sealed = Entries.ready().sealed();

    assertThat(sealed).isNotNull();
    assertThat(sealed.isDue(Entries.NOW + 1)).isFalse();
    assertThat(sealed.isDue(Entries.NOW + 2)).isTrue();
  }

  @Test
  void revokesAVersionAndAllBeforeIt() {
    assertThat(Entries.tombstone().isRevoked(0)).isTrue();
    assertThat(Entries.tombstone().isRevoked(4)).isTrue();
    assertThat(Entries.tombstone().isRevoked(5)).isFalse();
    assertThat(tombstone(null).isRevoked(0)).isFalse();
    assertThat(tombstone(new Revocation(Revocation.ALL_VERSIONS, 0, 0)))
        .matches(entry -> entry.isRevoked(Versions.MAX));
  }

  @Test
  void isARevokedTombstoneOnlyIfItIsBoth() {
    assertThat(Entries.tombstone().isRevokedTombstone()).isTrue();
    assertThat(tombstone(null).isRevokedTombstone()).isFalse();
    assertThat(Entries.ready().isRevokedTombstone()).isFalse();
  }

  @Test
  void takesItsVersionAndTimesFromWhatItHolds() {
    assertThat(Entries.ready())
        .returns(5L, Entry::version)
        .returns(7, Entry::siblings)
        .returns(Entries.NOW, Entry::writtenAt);
    assertThat(Entries.failed())
        .returns(5L, Entry::version)
        .returns(7, Entry::siblings)
        .returns(Entries.NOW, Entry::writtenAt);
    assertThat(Entries.tombstone())
        .returns(5L, Entry::version)
        .returns(null, Entry::siblings)
        .returns(null, Entry::writtenAt);
  }

  @Test
  void onlyAReadyEntryAsksWhoUsesItsTenant() {
    assertThat(Entries.ready().withProbe(8L).probe()).isEqualTo(8);
    assertThat(Entries.failed().withProbe(8L)).isEqualTo(Entries.failed());
    assertThat(Entries.tombstone().withProbe(8L)).isEqualTo(Entries.tombstone());
  }

  @Test
  void aFailureHasACodeAndNoMessage() {
    assertThat(new Failure("A_1", 0).errorCode()).isEqualTo(ErrorCode.UNDECODABLE);
    assertThat(new Failure(Failure.NOT_FOUND, 0).errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
    for (String code : new String[] {"", "a", "A B", "Ä", "A-B", "A".repeat(65)}) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Failure(code, 0));
    }
  }

  private static Entry tombstone(@Nullable Revocation revocation) {
    return Entry.bareTombstone(Entries.ID, 0, revocation);
  }
}
