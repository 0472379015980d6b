package dev.keepwarm.decryptor.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Event;
import dev.keepwarm.decryptor.DecryptorWorld;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The combined result of two refreshes of one resolve. */
final class ResultTest {
  private static final TenantRefresh.Result FIRST =
      new TenantRefresh.Result(
          Map.of("bank", new CredentialOutcome.Contended(), "#0", new CredentialOutcome.Tampered()),
          List.of(changed("bank", 1)),
          2,
          true);
  private static final TenantRefresh.Result SECOND =
      new TenantRefresh.Result(
          Map.of("bank", new CredentialOutcome.Forgotten()), List.of(changed("bank", 2)), 0, false);

  @Test
  void theLaterOneCountsWhereBothSaySomething() {
    TenantRefresh.Result both = FIRST.then(SECOND);

    assertThat(both.outcomes())
        .containsOnly(
            Map.entry("bank", new CredentialOutcome.Forgotten()),
            Map.entry("#0", new CredentialOutcome.Tampered()));
    assertThat(both.unrevoked()).isZero();
  }

  @Test
  void aSourceThatWasAskedCounts() {
    assertThat(FIRST.then(TenantRefresh.Result.nothing()).unrevoked()).isEqualTo(2);
  }

  @Test
  void whatEitherTellsIsToldInOrder() {
    assertThat(FIRST.then(SECOND).events()).containsExactly(changed("bank", 1), changed("bank", 2));
  }

  /** It describes the state before both refreshes. */
  @Test
  void theTenantWasEmptyIfItWasBeforeTheFirst() {
    assertThat(FIRST.then(SECOND).wasEmpty()).isTrue();
    assertThat(SECOND.then(FIRST).wasEmpty()).isFalse();
  }

  private static Event.Changed changed(String name, long version) {
    return new Event.Changed(DecryptorWorld.id(name), version);
  }
}
