package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.cli.Target.Standing;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

class TargetTest {
  private static final CredentialId ID = new CredentialId("acme", "bank");
  private static final long NOW = 1000;

  @Test
  void isPendingUntilThereIsAWarmEntryOfTheVersion() {
    Target target = Target.warm(ID, 5L);

    assertThat(target.standing(null, NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(ready(0, 4, NOW + 1), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(ready(0, 5, NOW), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(ready(0, 5, NOW + 1), NOW)).isEqualTo(Standing.WARM);
    assertThat(target.standing(ready(0, 6, NOW + 1), NOW)).isEqualTo(Standing.WARM);
  }

  @Test
  void isPendingUntilTheFenceWasRaised() {
    Target target = new Target(ID, 2, 5L, false);

    assertThat(target.standing(ready(2, 5, NOW + 1), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(ready(3, 5, NOW + 1), NOW)).isEqualTo(Standing.WARM);
  }

  @Test
  void aFailureEndsItUnlessItIsAboutToBeTriedAgain() {
    Target target = Target.warm(ID, 5L);

    assertThat(target.standing(failed(5L, NOW + 1), NOW)).isEqualTo(Standing.FAILED);
    assertThat(target.standing(failed(5L, NOW), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(failed(4L, NOW + 1), NOW)).isEqualTo(Standing.PENDING);
  }

  @Test
  void aRevocationEndsItUnlessTheVersionIsNewer() {
    assertThat(Target.warm(ID, 5L).standing(revoked(1, 5), NOW)).isEqualTo(Standing.REVOKED);
    assertThat(Target.warm(ID, 6L).standing(revoked(1, 5), NOW)).isEqualTo(Standing.PENDING);
  }

  @Test
  void aRevocationIsThereWhenItCoversTheVersion() {
    Target target = new Target(ID, 0, 5L, true);

    assertThat(target.standing(ready(1, 5, NOW + 1), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(revoked(0, 5), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(revoked(1, 4), NOW)).isEqualTo(Standing.PENDING);
    assertThat(target.standing(revoked(1, 5), NOW)).isEqualTo(Standing.REVOKED);
  }

  private static Entry ready(long fence, long version, long hardExpiresAt) {
    SdkBytes bytes = SdkBytes.fromByteArray(new byte[1]);
    return Entry.ready(
        ID,
        fence,
        new SealedCredential(version, bytes, bytes, 0, 0, 0, hardExpiresAt),
        1,
        null,
        null);
  }

  private static Entry failed(@Nullable Long version, long retryAt) {
    return Entry.failed(ID, 0, version, new Failure("BAD_PADDING", retryAt), 1, null, 0, null);
  }

  private static Entry revoked(long fence, long version) {
    return Entry.bareTombstone(ID, fence, new Revocation(version, 0, 0));
  }
}
