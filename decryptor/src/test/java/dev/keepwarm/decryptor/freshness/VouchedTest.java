package dev.keepwarm.decryptor.freshness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.FreshnessRecord;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

final class VouchedTest {
  private static final long TURN = 300_000;
  private static final long NOW = 1_767_225_600_000L;
  private static final SdkBytes ACME = SdkBytes.fromUtf8String("acme's state");
  private static final SdkBytes GLOBEX = SdkBytes.fromUtf8String("its neighbor");

  @Test
  void theFirstPartIsAllThereIs() {
    assertThat(Vouched.merged(of(NOW, ACME), null, TURN, false)).isEqualTo(of(NOW, ACME));
  }

  @Test
  void theRecordOfATurnBeforeIsReplaced() {
    Vouched part = of(NOW, ACME);

    assertThat(Vouched.merged(part, of(NOW - TURN, GLOBEX), TURN, true)).isEqualTo(part);
    assertThat(Vouched.merged(part, of(NOW - 1_000, GLOBEX), TURN, true)).isEqualTo(part);
    assertThat(Vouched.merged(part, of(NOW - 2 * TURN, GLOBEX), TURN, false)).isEqualTo(part);
  }

  @Test
  void aTenantThatWasJustEnrolledTakesNobodyOffTheRecord() {
    Vouched both =
        new Vouched(
            NOW - TURN, Map.of(ACME, FreshnessRecord.NO_PROBE, GLOBEX, FreshnessRecord.NO_PROBE));

    assertThat(Vouched.merged(of(NOW, ACME), of(NOW - TURN, GLOBEX), TURN, false)).isEqualTo(both);
  }

  @Test
  void whatOthersAddedWhileAWholeSlotWasCheckedStays() {
    assertThat(
            Objects.requireNonNull(
                    Vouched.merged(of(NOW - 1_000, ACME), of(NOW, GLOBEX), TURN, true))
                .named())
        .containsOnlyKeys(ACME, GLOBEX);
  }

  @Test
  void partsOfOneTurnAreOneRecordAsOldAsTheOldest() {
    Vouched both =
        new Vouched(
            NOW - 1_000, Map.of(ACME, FreshnessRecord.NO_PROBE, GLOBEX, FreshnessRecord.NO_PROBE));

    assertThat(Vouched.merged(of(NOW, ACME), of(NOW - 1_000, GLOBEX), TURN, false)).isEqualTo(both);
    assertThat(Vouched.merged(of(NOW - 1_000, ACME), of(NOW, GLOBEX), TURN, false)).isEqualTo(both);
  }

  @Test
  void whatWasComparedBeforeAFreezeIsNotWrittenOverALaterTurn() {
    assertThat(Vouched.merged(of(NOW - TURN, ACME), of(NOW, GLOBEX), TURN, true)).isNull();
    assertThat(Vouched.merged(of(NOW - TURN, ACME), of(NOW, GLOBEX), TURN, false)).isNull();
  }

  @Test
  void aQuestionIsKeptWhicheverPartAsksIt() {
    Vouched asking = new Vouched(NOW, Map.of(ACME, NOW - 900_000));

    assertThat(Vouched.merged(of(NOW, ACME), asking, TURN, false)).isEqualTo(asking);
    assertThat(Vouched.merged(asking, of(NOW, ACME), TURN, false)).isEqualTo(asking);
  }

  @Test
  void itVouchesFromTheFirstComparisonOn() {
    assertThat(of(NOW, ACME).freshUntil(900_000)).isEqualTo(NOW + 900_000);
  }

  private static Vouched of(long checkedAt, SdkBytes id) {
    return new Vouched(checkedAt, Map.of(id, FreshnessRecord.NO_PROBE));
  }
}
