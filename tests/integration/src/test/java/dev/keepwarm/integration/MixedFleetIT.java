package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Classes from before format 2 together with the current ones, on the same tables and queues, in
 * every order of deployment, and rolled back. The current ones write freshness records.
 */
@ExtendWith(EndpointsExtension.class)
class MixedFleetIT {
  /** The parts that are deployed one by one. */
  enum Part {
    READER,
    DECRYPTOR,
    WARMER
  }

  private static final Duration TTL = Duration.ofSeconds(6);
  private static final Map<String, String> SETTINGS = Map.of("KEEPWARM_TTL", TTL.toSeconds() + "s");
  private static final Map<String, String> VOUCHING =
      Map.of("KEEPWARM_FRESHNESS", "true", "KEEPWARM_SEAL_LIFE", "1h");
  private static final String MISS = "UNAVAILABLE";

  /** More tenants than a message may have for an old decryptor, in few slots. */
  private static final int MORE_THAN_A_MESSAGE_HAD = 60;

  static List<List<Part>> orders() {
    List<List<Part>> orders = new ArrayList<>();
    for (Part first : Part.values()) {
      for (Part second : Part.values()) {
        if (first != second) {
          Set<Part> last = EnumSet.complementOf(EnumSet.of(first, second));
          orders.add(List.of(first, second, last.iterator().next()));
        }
      }
    }
    return orders;
  }

  @ParameterizedTest
  @MethodSource("orders")
  void changesAreReadAtOnceInEveryOrderOfDeploymentAndRollback(
      List<Part> order, Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      CredentialId bank = EndpointWorld.newId("bank");
      CredentialId tax = EndpointWorld.sibling(bank, "tax");
      fleet.change(tax, "the other value");
      fleet.rotate(bank);
      fleet.checkReads(bank);

      for (Part part : order) {
        fleet.deploy(part, true);
        fleet.checkChanges(bank);
      }
      List<Part> back = new ArrayList<>(order);
      Collections.reverse(back);
      for (Part part : back) {
        fleet.deploy(part, false);
        fleet.checkChanges(bank);
      }

      assertThat(fleet.reader().read(tax)).isEqualTo("the other value");
    }
  }

  @Test
  void whatChangesWithoutAnEventBecomesWarmInEveryStateOfADeployment(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      CredentialId bank = EndpointWorld.newId("bank");
      fleet.rotate(bank);

      for (boolean isCurrent : new boolean[] {true, false}) {
        for (Part part : Part.values()) {
          fleet.deploy(part, isCurrent);
          fleet.change(bank, "the value of version " + (fleet.version + 1));
          fleet.await(() -> fleet.reader().readWarm(bank).equals(fleet.value));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Part.class,
      names = {"DECRYPTOR", "WARMER"})
  void aWarmerAndADecryptorOfDifferentVersionsUnderstandEachOtherWhileRecordsAreOff(
      Part part, Endpoints endpoints) {
    try (Fleet fleet = Fleet.withoutRecords(endpoints)) {
      fleet.deploy(part, true);

      // No message fails: see Fleet.handle.
      List<CredentialId> ids = fleet.enrolled(MORE_THAN_A_MESSAGE_HAD);
      fleet.await(
          () -> ids.stream().allMatch(id -> fleet.reader().readWarm(id).equals(fleet.value)));
    }
  }

  /** So records are switched on last, and off before a decryptor is rolled back. */
  @Test
  void anOldDecryptorRefusesTheMessagesOfAWarmerThatIsToldAboutRecords(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      fleet.deploy(Part.WARMER, true);
      List<CredentialId> unused = fleet.enrolled(MORE_THAN_A_MESSAGE_HAD);

      EndpointWorld.await()
          .until(() -> {
            fleet.current.tick();
            return !fleet.messages().stream().allMatch(fleet.old::handle);
          });
    }
  }

  @Test
  void theOldClassesAreNotTheCurrentOnes(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      fleet.rotate(EndpointWorld.newId("bank"));
      assertThat(fleet.current.has("core.internal.Vouching")).isTrue();
      assertThat(fleet.old.has("core.internal.Vouching")).isFalse();
      assertThat(fleet.old.has("core.internal.Entry")).isTrue();
    }
  }

  @Test
  void anOldReaderResolvesWhatACurrentOneReadsWithARecord(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      CredentialId bank = EndpointWorld.newId("bank");
      fleet.deployAll(true);
      Entry sealed = fleet.vouchedPastItsHardExpiry(bank);

      assertThat(fleet.old.readWarm(bank)).isEqualTo(MISS);
      assertThat(fleet.world.entry(bank)).isEqualTo(sealed);
      assertThat(fleet.old.read(bank)).isEqualTo(fleet.value);
      assertThat(fleet.current.read(bank)).isEqualTo(fleet.value);
    }
  }

  @Test
  void afterARollbackEntriesThatWereVouchedForAreSealedAgain(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      CredentialId bank = EndpointWorld.newId("bank");
      fleet.deployAll(true);
      Entry unused = fleet.vouchedPastItsHardExpiry(bank);

      fleet.deployAll(false);
      fleet.awaitWarm(bank);
      assertThat(fleet.isVouchable(bank)).isFalse();

      // No event says so.
      fleet.change(bank, "the third value");
      fleet.awaitWarm(bank);
    }
  }

  @Test
  void aCurrentFleetVouchesForWhatAnOldOneHasSealed(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      CredentialId bank = EndpointWorld.newId("bank");
      fleet.rotate(bank);
      fleet.awaitWarm(bank);
      assertThat(fleet.isVouchable(bank)).isFalse();

      fleet.deployAll(true);
      Entry unused = fleet.vouchedPastItsHardExpiry(bank);

      // No event says so.
      fleet.change(bank, "the third value");
      fleet.await(() -> fleet.current.readWarm(bank).equals(fleet.value));
    }
  }

  @Test
  void aRevocationByAnOldDecryptorEndsWhatARecordVouchesFor(Endpoints endpoints) {
    try (Fleet fleet = Fleet.on(endpoints)) {
      CredentialId bank = EndpointWorld.newId("bank");
      CredentialId tax = EndpointWorld.sibling(bank, "tax");
      fleet.world.atSource(tax, "the other value", 1);
      fleet.deployAll(true);
      Entry unused = fleet.vouchedPastItsHardExpiry(bank);

      fleet.deploy(Part.DECRYPTOR, false);
      fleet.revoke(bank);
      assertThat(fleet.current.read(tax)).isEqualTo("the other value");
      assertThat(List.of(fleet.current.readWarm(bank), fleet.old.readWarm(bank)))
          .containsOnly("REVOKED");

      fleet.deploy(Part.DECRYPTOR, true);
      fleet.due(bank);
      assertThat(List.of(fleet.current.read(bank), fleet.old.read(bank))).containsOnly("REVOKED");
      fleet.rotate(bank);
      assertThat(List.of(fleet.current.read(bank), fleet.old.read(bank))).containsOnly(fleet.value);
    }
  }

  /** Both generations on the same endpoints. Messages are handled when a test says so. */
  private static final class Fleet implements AutoCloseable {
    private final EndpointWorld world;
    private final Generation current;
    private final Generation old;
    private final Set<Part> deployed = EnumSet.noneOf(Part.class);
    private final InstantSource clock = InstantSource.system();
    private int version;
    private String value = "";

    private Fleet(EndpointWorld world, Endpoints endpoints, Map<String, String> ofCurrent) {
      this.world = world;
      this.current = Generation.current(world, ofCurrent);
      this.old = Generation.beforeFormat2(world, Map.of());
      endpoints
          .lambda()
          .register(
              world.stack().resources().names().resolver(),
              new InProcessFunction(request -> of(Part.DECRYPTOR).resolve(request)),
              Duration.ofMinutes(5));
    }

    static Fleet on(Endpoints endpoints) {
      return on(endpoints, VOUCHING);
    }

    /** A fleet whose current decryptor writes no freshness records. */
    static Fleet withoutRecords(Endpoints endpoints) {
      return on(endpoints, Map.of());
    }

    private static Fleet on(Endpoints endpoints, Map<String, String> ofCurrent) {
      EndpointWorld world = EndpointWorld.idle(endpoints, SETTINGS);
      try {
        return new Fleet(world, endpoints, ofCurrent);
      } catch (RuntimeException | Error e) {
        world.close();
        throw e;
      }
    }

    private Generation of(Part part) {
      return deployed.contains(part) ? current : old;
    }

    Generation reader() {
      return of(Part.READER);
    }

    /** Replaces a part by the current one, or by the old one. */
    void deploy(Part part, boolean isCurrent) {
      boolean unused = isCurrent ? deployed.add(part) : deployed.remove(part);
    }

    void deployAll(boolean areCurrent) {
      for (Part part : Part.values()) {
        deploy(part, areCurrent);
      }
    }

    /** Changes the source without an event. */
    void change(CredentialId id, String to) {
      version++;
      value = to;
      world.atSource(id, value, version);
    }

    void rotate(CredentialId id) {
      change(id, "the value of version " + (version + 1));
      deliver(new Event.Rotated(id.tenant(), id.name(), (long) version));
    }

    void revoke(CredentialId id) {
      deliver(new Event.Revoked(id.tenant(), id.name(), (long) version));
    }

    void due(CredentialId id) {
      deliver(new Event.TenantsDue(List.of(id.tenant())));
    }

    /** Publishes an event, and waits until the decryptor has handled it. */
    void deliver(Event event) {
      world.publish(event);
      EndpointWorld.await()
          .until(() -> handle().stream().anyMatch(body -> isSame(Events.parse(body), event)));
    }

    private static boolean isSame(Event one, Event other) {
      return Events.detailType(one).equals(Events.detailType(other))
          && Events.detail(one).equals(Events.detail(other));
    }

    /** Lets the decryptor handle all messages that the queues have now; returns their bodies. */
    List<String> handle() {
      List<String> bodies = messages();
      for (String body : bodies) {
        assertThat(of(Part.DECRYPTOR).handle(body)).as(body).isTrue();
      }
      return bodies;
    }

    /** Receives all messages that the queues have now. */
    List<String> messages() {
      return world.stack().resources().queueUrls().stream()
          .flatMap(url -> world.take(url).stream())
          .toList();
    }

    /** One credential for each of so many new tenants, which are on the wheel. */
    List<CredentialId> enrolled(int tenants) {
      List<CredentialId> ids = new ArrayList<>();
      for (int i = 0; i < tenants; i++) {
        CredentialId id = EndpointWorld.newId("bank");
        change(id, "the same value");
        boolean unused = world.wheel().enrol(id.tenant());
        ids.add(id);
      }
      return ids;
    }

    /** Waits for a condition while the warmer ticks and the decryptor handles what it sends. */
    void await(Callable<Boolean> condition) {
      EndpointWorld.await()
          .until(() -> {
            of(Part.WARMER).tick();
            handle();
            return condition.call();
          });
    }

    /** A rotation, an invalidation and a revocation: each one is read at once. */
    void checkChanges(CredentialId id) {
      rotate(id);
      checkReads(id);
      deliver(new Event.Invalidated(id.tenant(), id.name(), null));
      checkReads(id);
      revoke(id);
      assertThat(reader().read(id)).as("%s", deployed).isEqualTo("REVOKED");
      due(id);
      assertThat(reader().read(id)).as("%s", deployed).isEqualTo("REVOKED");
      rotate(id);
      checkReads(id);
      of(Part.WARMER).tick();
      handle();
      checkReads(id);
    }

    void checkReads(CredentialId id) {
      assertThat(reader().read(id)).as("%s", deployed).isEqualTo(value);
    }

    void awaitWarm(CredentialId id) {
      await(() -> old.readWarm(id).equals(value) && current.readWarm(id).equals(value));
    }

    boolean isVouchable(CredentialId id) {
      Entry entry = world.entry(id);
      return entry != null && entry.sealed() != null && entry.sealed().vouching() != null;
    }

    /** Warms a credential, and waits until the current reader needs a record to read it. */
    Entry vouchedPastItsHardExpiry(CredentialId id) {
      if (version == 0) {
        rotate(id);
      }
      await(() -> isVouchable(id));
      Entry sealed = Objects.requireNonNull(world.entry(id));
      long end = Objects.requireNonNull(sealed.sealed()).hardExpiresAt();
      await(() -> clock.millis() >= end && current.readWarm(id).equals(value));
      assertThat(world.entry(id)).as("vouched for, not sealed again").isEqualTo(sealed);
      return sealed;
    }

    @Override
    public void close() {
      current.close();
      old.close();
      world.close();
    }
  }
}
