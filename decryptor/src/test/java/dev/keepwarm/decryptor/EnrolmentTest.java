package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.Wheel;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant with an unrevoked credential is on the wheel, wherever a process stops. */
final class EnrolmentTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void anEnrolledTenantOfOneCredential() {
    world.original(NAME, "old", 1);
    assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isTrue();
    assertThat(world.due()).isTrue();
  }

  private boolean revoke() {
    return world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
  }

  private void assertEnrolled() {
    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
  }

  @Test
  void aRotationAfterARevocationEnrolsTheTenantAgain() {
    assertThat(revoke()).isTrue();
    assertThat(world.wheel.enrolled()).isEmpty();
    world.original(NAME, "new", 2);

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, 2L))).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertEnrolled();
  }

  @Test
  void aRevocationOfAnOlderVersionEnrolsTheTenantOfTheNewerOne() {
    assertThat(revoke()).isTrue();
    world.original(NAME, "new", 2);

    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, 1L))).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertEnrolled();
  }

  /**
   * A turn may be published before the tenant leaves, and handled after it has a credential again.
   */
  @Test
  void aLateTurnPutsATenantBackThatHasACredentialAgain() {
    world.source.delete(DecryptorWorld.id(NAME));
    assertThat(world.due()).isTrue();
    assertThat(world.wheel.enrolled()).isEmpty();
    world.original(NAME, "new", 2);

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertEnrolled();
  }

  @Test
  void anInvalidationEnrolsTheTenantOfWhatTheSourceHas() {
    assertThat(revoke()).isTrue();
    world.original(NAME, "new", 2);

    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();

    assertEnrolled();
  }

  @Test
  void aChangeOfWhichOnlyAPartIsDoneEnrolsTheTenant() {
    assertThat(revoke()).isTrue();
    world.original(NAME, "new", 2);
    world.original("broken", "x", 1);
    world.decoder.before(original -> {
      if (original.id().name().equals("broken")) {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
      }
    });

    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, null, null))).isFalse();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertEnrolled();
  }

  @Test
  void aWheelThatDoesNotAnswerBringsTheChangeAgain() {
    assertThat(revoke()).isTrue();
    world.original(NAME, "new", 2);
    Event rotated = new Event.Rotated(DecryptorWorld.TENANT, NAME, 2L);
    world.wheel.hooks().failNext("keep", ErrorCode.UNAVAILABLE);

    assertThat(world.deliver(rotated)).isFalse();
    assertThat(world.deliver(rotated)).isTrue();

    assertEnrolled();
  }

  @Test
  void aChangeDoesNotSayThatTheTenantIsUsed() {
    world.wheel.watch(DecryptorWorld.TENANT, 7);
    world.original(NAME, "new", 2);

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, 2L))).isTrue();

    assertThat(world.wheel.leaveUnused(new Wheel.Member(DecryptorWorld.TENANT, 7L))).isTrue();
  }

  /** Wherever the second check or the process stops, the tenant stays on the wheel. */
  @ParameterizedTest
  @ValueSource(strings = {"prepareLeave", "leave"})
  void aTenantThatDidNotGetToLeaveIsStillThere(String method) {
    world.wheel.hooks().failNext(method, ErrorCode.UNAVAILABLE);

    assertThat(revoke()).isFalse();
    assertEnrolled();
    world.original(NAME, "new", 2);
    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertEnrolled();
  }

  @Test
  void aSecondLookThatFailsLeavesTheTenantWhereItIs() {
    world
        .wheel
        .hooks()
        .afterNext(
            "prepareLeave",
            () -> {
              world.original("added", "fine", 1);
              world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
            });

    assertThat(revoke()).as("the second look").isFalse();
    assertEnrolled();
    assertThat(revoke()).as("the redelivery").isTrue();

    assertEnrolled();
  }

  @Test
  void whoIsEnrolledWhileItLeavesStays() {
    world
        .wheel
        .hooks()
        .beforeNext(
            "leave",
            () -> {
              world.original("added", "fine", 1);
              assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isFalse();
            });

    assertThat(revoke()).isTrue();

    assertEnrolled();
  }

  /**
   * The other process has read the source before the rotation, and takes the tenant off after it.
   */
  @Test
  void aRotationThatComesWhileTheTenantLeavesKeepsIt() {
    world
        .wheel
        .hooks()
        .beforeNext(
            "leave",
            () -> {
              world.original(NAME, "new", 2);
              assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, 2L)))
                  .isTrue();
            });

    assertThat(revoke()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertEnrolled();
  }

  @Test
  void aTenantThatIsNotOnTheWheelCostsNoSecondLook() {
    assertThat(revoke()).isTrue();
    world.forgetTraces();

    assertThat(world.deliver(new Event.TenantsDue(List.of(DecryptorWorld.TENANT)))).isTrue();

    assertThat(world.source.hooks().count()).isEqualTo(1);
  }
}
