package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/** The meaning of entries, alone and together, at {@link #NOW}. */
final class TenantReadingTest {
  private static final long NOW = 1_800_000_000_000L;

  @Test
  void anEntryMeansSomethingUntilItEnds() {
    Entry ready = ready("a", 1, 0);
    assertThat(Reading.ofTable(ready, NOW)).isEqualTo(new Reading.Live(ready.sealed()));
    assertThat(Reading.ofTable(ready, NOW + 1)).isEqualTo(new Reading.Missing());
    assertThat(Reading.ofAnswer(ready, NOW + 1)).isEqualTo(new Reading.Missing());

    Refusal undecodable = new Refusal(ErrorCode.UNDECODABLE, "BAD_PADDING", NOW + 1);
    assertThat(Reading.ofTable(failed("a", "BAD_PADDING", 1, 0), NOW)).isEqualTo(undecodable);
    assertThat(Reading.ofTable(failed("a", "BAD_PADDING", 1, 0), NOW + 1))
        .isEqualTo(new Reading.Missing());
    assertThat(Reading.ofAnswer(failed("a", "BAD_PADDING", 1, 0), NOW + 1)).isEqualTo(undecodable);

    Refusal revoked = new Refusal(ErrorCode.REVOKED, null, NOW + 1);
    assertThat(Reading.ofTable(revoked("a"), NOW)).isEqualTo(revoked);
    assertThat(Reading.ofTable(revoked("a"), NOW + 1)).isEqualTo(new Reading.Missing());

    assertThat(Reading.ofTable(null, NOW)).isEqualTo(new Reading.Missing());
    assertThat(Reading.ofTable(tombstone("a"), NOW)).isEqualTo(new Reading.Missing());
  }

  @Test
  void aTenantIsCompleteIfEveryOneOfItsCredentialsHasAnAnswer() {
    assertThat(of(ready("a", 2, 0), ready("b", 2, 0)).isComplete()).isTrue();
    assertThat(of(ready("a", 2, 0), failed("b", "BAD_PADDING", 2, 0)).isComplete()).isTrue();
    assertThat(of(failed("b", "BAD_PADDING", 1, 0)).isComplete()).isTrue();
    assertThat(of(ready("a", 2, 0), revoked("b")).isComplete()).isTrue();
    assertThat(of(ready("a", 2, 0)).isComplete()).isFalse();
    assertThat(of(ready("a", 2, 0), failed("b", Failure.NOT_FOUND, 2, 0)).isComplete()).isFalse();
    assertThat(of(ready("a", 1, 0), tombstone("b")).isComplete()).isFalse();
    assertThat(of(ready("a", 1, 0), lapsed("b", 1, 0)).isComplete()).isFalse();
    assertThat(of(revoked("a")).isComplete()).as("no entry knows how many there are").isFalse();
    assertThat(of().isComplete()).isFalse();
  }

  @Test
  void whatHasNoEntryButAFailureIsAnswered() {
    TenantMembers members =
        new TenantMembers(List.of(ready("a", 2, 0)), Map.of("b", ErrorCode.TAMPERED));

    assertThat(of(members, Map.of(), NOW).isComplete()).isTrue();
    assertThat(of(members, Map.of("c", ErrorCode.TAMPERED), NOW).failures())
        .containsOnlyKeys("b", "c");
    assertThat(of(members, Map.of("a", ErrorCode.TAMPERED), NOW).failures())
        .as("what has an entry has no other failure")
        .containsOnlyKeys("b");
  }

  @Test
  void theNewestEntryCountsAndAllMustAgree() {
    assertThat(of(ready("a", 3, -1), ready("b", 2, 0)).siblings()).isEqualTo(2);
    assertThat(of(ready("a", 3, 0), ready("b", 2, -1)).siblings()).isEqualTo(3);
    assertThat(of(ready("a", 3, 0), ready("b", 2, 0)).siblings()).as("the first").isEqualTo(3);
    assertThat(of(ready("a", 2, -1), ready("b", 2, 0)).agreed()).isTrue();
    assertThat(of(ready("a", 3, -1), ready("b", 2, 0)).agreed()).isFalse();
    assertThat(of(ready("a", 1, -1), ready("b", 2, 0)).isComplete()).isFalse();
  }

  /** It is not written again when the source has other credentials. */
  @Test
  void whatWasNotFoundNeedNotAgreeForLong() {
    Entry notFound = failed("b", Failure.NOT_FOUND, 3, -1);
    assertThat(of(ready("a", 1, 0), notFound).agreed()).isFalse();
    TenantMembers later =
        new TenantMembers(List.of(readyUntil("a", 1, 0, NOW + 9), notFound), Map.of());
    assertThat(of(later, Map.of(), NOW + 1).agreed()).isTrue();
    TenantMembers undecodable =
        new TenantMembers(
            List.of(readyUntil("a", 1, 0, NOW + 9), failed("b", "BAD_PADDING", 3, -1)), Map.of());
    assertThat(of(undecodable, Map.of(), NOW + 1).agreed()).isFalse();
  }

  @Test
  void onlyWhatIsYoungVouchesForTheNumber() {
    assertThat(of(ready("a", 1, 0)).vouched()).isTrue();
    assertThat(of(failed("a", "BAD_PADDING", 1, 0)).vouched()).isTrue();
    assertThat(of(lapsed("a", 1, 0)).vouched()).isFalse();
    assertThat(of(revoked("a")).vouched()).isFalse();
    assertThat(of(failed("a", "BAD_PADDING", 1, 0), revoked("b")).vouched()).isTrue();
    TenantMembers over = new TenantMembers(List.of(failed("a", "BAD_PADDING", 1, 0)), Map.of());
    assertThat(of(over, Map.of(), NOW + 1).vouched()).isFalse();
  }

  @Test
  void whatARecordVouchesForHasNotLapsed() {
    TenantMembers members =
        new TenantMembers(List.of(vouchable("a", NOW + 1), vouchable("b", NOW + 1)), Map.of());
    TenantReading vouched = TenantReading.of(members, Map.of(), sealed -> true, NOW);
    assertThat(vouched.isComplete()).isTrue();
    assertThat(vouched.live()).hasSize(2);
    TenantReading alone = TenantReading.of(members, Map.of(), sealed -> false, NOW);
    assertThat(alone.vouched()).isFalse();
    assertThat(alone.lapsed()).hasSize(2);
    TenantMembers ended =
        new TenantMembers(List.of(vouchable("a", NOW), vouchable("b", NOW)), Map.of());
    assertThat(TenantReading.of(ended, Map.of(), sealed -> true, NOW).lapsed()).hasSize(2);
  }

  @Test
  void ofAnAnswerWhatHasLapsedIsUnavailableAndTombstonesIfSomeAreMissing() {
    assertThat(of(ready("a", 1, 0), tombstone("gone")).unavailable()).isEmpty();
    assertThat(of(ready("a", 2, 0), lapsed("lapsed", 2, 0), tombstone("gone")).unavailable())
        .containsExactly("lapsed");
    assertThat(of(ready("a", 2, 0), tombstone("gone")).unavailable()).containsExactly("gone");
    assertThat(of(ready("a", 3, 0), lapsed("lapsed", 3, 0), tombstone("gone")).unavailable())
        .containsExactly("lapsed", "gone");
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> of(ready("a", 3, 0), tombstone("gone")).unavailable())
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  private static TenantReading of(Entry... entries) {
    return of(new TenantMembers(List.of(entries), Map.of()), Map.of(), NOW);
  }

  /** Where no freshness record vouches for anything. */
  private static TenantReading of(
      TenantMembers members, Map<String, ErrorCode> others, long nowMillis) {
    return TenantReading.of(members, others, sealed -> false, nowMillis);
  }

  private static CredentialId id(String name) {
    return new CredentialId("acme", name);
  }

  /** One that lives for a millisecond more, written that many milliseconds after now. */
  private static Entry ready(String name, int siblings, long written) {
    return readyUntil(name, siblings, written, NOW + 1);
  }

  private static Entry lapsed(String name, int siblings, long written) {
    return readyUntil(name, siblings, written, NOW);
  }

  private static Entry readyUntil(String name, int siblings, long written, long hardExpiresAt) {
    SealedCredential sealed =
        new SealedCredential(1, bytes(40), bytes(40), NOW - 9, NOW + written, NOW, hardExpiresAt);
    return Entry.ready(id(name), 1, sealed, siblings, null, null);
  }

  /** One of two that is past its hard expiry, and whose seal ends then. */
  private static Entry vouchable(String name, long sealedUntil) {
    Vouching vouching = new Vouching(sealedUntil, 0, bytes(12), bytes(32), bytes(28));
    SealedCredential sealed =
        new SealedCredential(1, bytes(40), bytes(40), NOW - 9, NOW - 9, NOW, NOW, vouching);
    return Entry.ready(id(name), 1, sealed, 2, null, null);
  }

  private static SdkBytes bytes(int length) {
    return SdkBytes.fromByteArray(new byte[length]);
  }

  private static Entry failed(String name, String code, int siblings, long written) {
    Long version = code.equals(Failure.NOT_FOUND) ? null : Long.valueOf(1);
    Failure failure = new Failure(code, NOW + 1);
    return Entry.failed(id(name), 1, version, failure, siblings, null, NOW + written, null);
  }

  private static Entry revoked(String name) {
    return tombstone(name, new Revocation(1, NOW, NOW + 1));
  }

  private static Entry tombstone(String name) {
    return tombstone(name, null);
  }

  private static Entry tombstone(String name, @Nullable Revocation revocation) {
    return Entry.bareTombstone(id(name), 1, revocation);
  }
}
