package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.engine.FreshnessStore.Rotation;
import dev.keepwarm.engine.FreshnessStore.Sealing;
import dev.keepwarm.engine.FreshnessStore.Secrets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/** The behaviour of every {@link FreshnessStore}, together with the wheel in the same table. */
public abstract class FreshnessStoreContract {
  private static final int SLOTS = 4;
  private static final SdkBytes ID = SdkBytes.fromUtf8String("acme's state");
  private static final SdkBytes NEXT = SdkBytes.fromUtf8String("its next state");
  private static final int SLOT = Wheel.slotOf("acme", SLOTS);

  private Wheel wheel;
  private FreshnessStore store;

  /** Makes empty tables, and returns the wheel of that many slots in one of them. */
  protected abstract Wheel emptyWheel(int slots);

  /** The store in the tables that were made last. */
  protected abstract FreshnessStore store(int slots);

  @BeforeEach
  void create() {
    wheel = emptyWheel(SLOTS);
    store = store(SLOTS);
  }

  @Test
  void beginsEmpty() {
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(store.slot(SLOT).sealings()).isEmpty();
    assertThat(store.record(SLOT)).isNull();
    assertThat(store.secrets()).isNull();
  }

  @Test
  void notesWhatWasSealedInOneGeneration() {
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(store.begin("acme", "g1")).isEqualTo(Sealing.of("g1"));
    assertThat(store.begin("acme", "g2")).as("again").isEqualTo(Sealing.of("g1"));
    assertThat(store.sealed("acme", "g2", ID)).isFalse();
    assertThat(store.sealed("acme", "g1", ID)).isTrue();
    assertThat(store.begin("acme", "g2")).isEqualTo(new Sealing("g1", ID, null));

    assertThat(store.sealing("acme")).isEqualTo(new Sealing("g1", ID, null));
    assertThat(store.slot(SLOT).sealings()).containsOnlyKeys("acme");
    assertThat(store.slot(SLOT).sealings()).containsValue(new Sealing("g1", ID, null));
    assertThat(store.slot((SLOT + 1) % SLOTS).sealings()).isEmpty();
  }

  @Test
  void anotherGenerationForgetsWhatWasSealed() {
    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(store.begin("acme", "g1")).isNotNull();
    assertThat(store.sealed("acme", "g1", ID)).isTrue();

    store.renew("acme", "g2");

    assertThat(store.slot(SLOT).sealings()).containsValue(Sealing.of("g2"));
    assertThat(store.sealed("acme", "g1", ID)).as("by a slower one").isFalse();
    assertThat(store.slot(SLOT).sealings()).containsValue(Sealing.of("g2"));
  }

  @Test
  void renewsTheGenerationThatWasRead() {
    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(store.renewIf("acme", "g1", "g2", NEXT)).as("no generation").isNull();
    assertThat(store.begin("acme", "g1")).isNotNull();
    assertThat(store.sealed("acme", "g1", ID)).isTrue();

    assertThat(store.renewIf("acme", "g0", "g2", NEXT)).isEqualTo(new Sealing("g1", ID, null));
    assertThat(store.slot(SLOT).sealings()).containsValue(new Sealing("g1", ID, null));
    Sealing renewed = new Sealing("g2", null, NEXT);
    assertThat(store.renewIf("acme", "g1", "g2", NEXT)).isEqualTo(renewed);
    assertThat(store.slot(SLOT).sealings()).containsValue(renewed);
    assertThat(store.sealing("acme")).isEqualTo(renewed);

    assertThat(store.sealed("acme", "g2", ID)).isTrue();
    assertThat(store.sealing("acme")).as("done").isEqualTo(new Sealing("g2", ID, null));
  }

  @Test
  void whatAGenerationWasBegunForIsForgottenWithIt() {
    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(store.begin("acme", "g1")).isNotNull();
    assertThat(store.renewIf("acme", "g1", "g2", NEXT)).isNotNull();

    store.renew("acme", "g3");

    assertThat(store.sealing("acme")).isEqualTo(Sealing.of("g3"));
  }

  @Test
  void knowsTheTenantsThatHaveNoGeneration() {
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(store.slot(SLOT).tenants()).containsExactly("acme");
    assertThat(store.slot(SLOT).sealings()).isEmpty();
  }

  @Test
  void whoIsNotOnTheWheelHasNoGeneration() {
    assertThat(store.sealing("acme")).isNull();
    assertThat(store.begin("acme", "g1")).isNull();
    store.renew("acme", "g1");
    assertThat(store.renewIf("acme", "g1", "g2", NEXT)).isNull();
    assertThat(store.sealed("acme", "g1", ID)).isFalse();

    assertThat(wheel.isEnrolled("acme")).isFalse();
    assertThat(store.slot(SLOT).sealings()).isEmpty();
  }

  @Test
  void enrollingAndLeavingTakeTheGenerationAway() {
    assertThat(wheel.enrol("acme")).isTrue();
    for (Runnable change :
        List.<Runnable>of(
            () -> assertThat(wheel.enrol("acme")).isFalse(),
            () -> assertThat(wheel.prepareLeave("acme", "me")).isTrue(),
            () -> assertThat(wheel.keep("acme")).isTrue(),
            () -> assertThat(wheel.forget("acme")).isTrue())) {
      store.renew("acme", "g1");
      assertThat(store.sealed("acme", "g1", ID)).isTrue();

      change.run();

      assertThat(store.slot(SLOT).sealings()).isEmpty();
    }
  }

  @Test
  void forgetsOnlyAGeneration() {
    assertThat(wheel.forget("acme")).as("not on the wheel").isFalse();
    assertThat(wheel.isEnrolled("acme")).isFalse();
    assertThat(wheel.enrol("acme")).isTrue();
    wheel.watch("acme", 10);

    assertThat(wheel.forget("acme")).isFalse();

    assertThat(wheel.slot(SLOT)).containsExactly(new Wheel.Member("acme", 10L));
  }

  @Test
  void theWarmersNotesLeaveTheGeneration() {
    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(store.begin("acme", "g1")).isNotNull();

    wheel.watch("acme", 10);

    assertThat(store.slot(SLOT).sealings()).containsValue(Sealing.of("g1"));
    assertThat(wheel.slot(SLOT)).containsExactly(new Wheel.Member("acme", 10L));
    store.renew("acme", "g2");
    assertThat(wheel.slot(SLOT)).containsExactly(new Wheel.Member("acme", 10L));
  }

  @Test
  void writesARecordOverTheOneThatWasRead() {
    SdkBytes first = SdkBytes.fromUtf8String("first");
    SdkBytes second = SdkBytes.fromUtf8String("second");

    assertThat(store.putRecord(SLOT, second, first, 1, 2)).isFalse();
    assertThat(store.putRecord(SLOT, null, first, 1, 2)).isTrue();
    assertThat(store.record(SLOT)).isEqualTo(first);
    assertThat(store.putRecord(SLOT, null, second, 1, 2)).isFalse();
    assertThat(store.putRecord(SLOT, first, second, 1, 2)).isTrue();
    assertThat(store.record(SLOT)).isEqualTo(second);
    assertThat(store.record(SLOT + 1)).isNull();
  }

  @Test
  void keepsTheFirstSecret() {
    SdkBytes first = SdkBytes.fromUtf8String("first");

    assertThat(store.createSecret(first)).isTrue();
    assertThat(store.createSecret(SdkBytes.fromUtf8String("second"))).isFalse();

    assertThat(store.secrets()).isEqualTo(Secrets.of(first));
    assertThat(IntStream.range(0, SLOTS).boxed().flatMap(slot -> wheel.slot(slot).stream()))
        .isEmpty();
  }

  @Test
  void replacesALostSecretOnce() {
    Secrets lost = Secrets.of(SdkBytes.fromUtf8String("lost"));
    Secrets next = Secrets.of(SdkBytes.fromUtf8String("next"));
    assertThat(store.replaceSecrets(lost, next)).isFalse();
    assertThat(store.createSecret(lost.current())).isTrue();

    assertThat(store.replaceSecrets(lost, next)).isTrue();
    assertThat(store.replaceSecrets(lost, Secrets.of(SdkBytes.fromUtf8String("late")))).isFalse();

    assertThat(store.secrets()).isEqualTo(next);
  }

  @Test
  void keepsTheFormerSecretAndWhatWasAsked() {
    SdkBytes first = SdkBytes.fromUtf8String("first");
    SdkBytes second = SdkBytes.fromUtf8String("second");
    Secrets asked = new Secrets(first, null, null, Rotation.GRADUAL);
    Secrets rotated = new Secrets(second, first, 1_000L, null);
    assertThat(store.createSecret(first)).isTrue();

    assertThat(store.replaceSecrets(Secrets.of(first), asked)).isTrue();
    assertThat(store.secrets()).isEqualTo(asked);
    assertThat(store.replaceSecrets(Secrets.of(first), rotated))
        .as("by somebody who has not seen what was asked")
        .isFalse();
    assertThat(store.replaceSecrets(asked, rotated)).isTrue();
    assertThat(store.secrets()).isEqualTo(rotated);
    assertThat(store.replaceSecrets(asked, Secrets.of(first))).isFalse();

    Secrets askedAgain = new Secrets(second, first, 1_000L, Rotation.AT_ONCE);
    assertThat(store.replaceSecrets(rotated, askedAgain)).isTrue();
    assertThat(store.secrets()).isEqualTo(askedAgain);
  }

  @Test
  @Tag(CacheTableContract.ATOMICITY)
  void onlyOneOfManyKeepsItsSecret() {
    List<Boolean> results =
        Fanout.bounded(8)
            .map(
                IntStream.range(0, 8).boxed().toList(),
                i -> store.createSecret(SdkBytes.fromUtf8String("secret " + i)));

    assertThat(results).containsOnlyOnce(true);
    assertThat(store.secrets())
        .isEqualTo(Secrets.of(SdkBytes.fromUtf8String("secret " + results.indexOf(true))));
  }
}
