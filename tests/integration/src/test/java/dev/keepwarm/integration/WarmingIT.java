package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.engine.Settings;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Credentials become warm without any read or event. */
@ExtendWith(EndpointsExtension.class)
class WarmingIT {
  @Test
  void anImportedTenantIsWarmAfterATick(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.on(endpoints)) {
      CredentialId payroll = EndpointWorld.newId("payroll");
      CredentialId bank = EndpointWorld.sibling(payroll, "bank");
      world.atSource(LegacyOriginal.of(payroll, 1));
      world.atSource(bank, "bank's", 7);
      world.wheel().enrol(payroll.tenant());

      world.tick();

      world.awaitReady(payroll, 1);
      world.awaitReady(bank, 7);
      assertThat(world.read(payroll)).isEqualTo(LegacyOriginal.PLAINTEXT);
      assertThat(world.read(bank)).isEqualTo("bank's");
      assertThat(world.reader().stats().misses()).isZero();
    }
  }

  @Test
  void whatComesAndGoesAtTheSourceIsNoticedWithinATurn(Endpoints endpoints) {
    Map<String, String> settings = Map.of("KEEPWARM_TTL", "6s");
    try (EndpointWorld world = EndpointWorld.on(endpoints, settings, 1000)) {
      CredentialId stays = EndpointWorld.newId("stays");
      CredentialId goes = EndpointWorld.sibling(stays, "goes");
      CredentialId comes = EndpointWorld.sibling(stays, "comes");
      world.atSource(stays, "the one that stays", 1);
      world.atSource(goes, "the one that goes", 1);
      world.wheel().enrol(stays.tenant());
      world.tick();
      world.awaitReady(stays, 1);
      world.awaitReady(goes, 1);

      world.atSource(comes, "the one that comes", 1);
      world.goneFromSource(goes);
      awaitTurn(settings);
      world.tick();

      world.awaitReady(comes, 1);
      world.awaitEntry(goes, entry -> entry.state() == EntryState.INVALID);
      assertThat(world.read(comes)).isEqualTo("the one that comes");
      assertThat(world.refusal(goes).code()).isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(world.reader().getAll(stays.tenant()).credentials())
          .containsOnlyKeys("stays", "comes");
    }
  }

  @Test
  void aTenantThatNobodyEnrolledIsDiscovered(Endpoints endpoints) {
    try (EndpointWorld world =
        EndpointWorld.on(endpoints, Map.of("KEEPWARM_DISCOVER_EVERY", "1h"), 1000)) {
      CredentialId id = EndpointWorld.newId("payroll");
      world.atSource(id, "found", 1);

      world.tick();

      assertThat(world.wheel().isEnrolled(id.tenant())).isTrue();
    }
  }

  /** Waits until every slot of the wheel has been due once more. */
  private static void awaitTurn(Map<String, String> settings) {
    InstantSource clock = InstantSource.system();
    long end = clock.millis() + Settings.of(settings).lifetimes().turn();
    await().until(() -> clock.millis() >= end);
  }
}
