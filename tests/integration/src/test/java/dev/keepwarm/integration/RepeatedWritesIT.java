package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.CacheTable.Tombstone;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.source.DynamoSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/**
 * A write is done and its answer lost, so that the SDK sends it again: each says what it would have
 * said if the answer had come, and leaves what it would have left.
 */
@ExtendWith(EndpointsExtension.class)
class RepeatedWritesIT {
  private static final long NOW = 1_767_225_600_000L;
  private static final long DELETABLE = 1_767_230_000L;
  private static final Revocation REVOCATION = new Revocation(7, NOW, NOW + 5_000);
  private static final int SLOTS = 4;

  private static Tables tables;
  private static FaultProxy proxy;
  private static AwsClients clients;
  private static String cacheTable;

  private static String sourceTable;

  private final CredentialId id = new CredentialId("tenant-" + UUID.randomUUID(), "name");
  private CacheTable table;
  private CacheTable losing;
  private Wheel wheel;
  private Wheel losingWheel;

  @BeforeAll
  static void open(Endpoints endpoints) {
    tables = new Tables(endpoints);
    cacheTable = tables.create("tenant", ScalarAttributeType.S, "name");
    sourceTable = tables.create("tenant", ScalarAttributeType.S, "name");
    Map<String, String> environment = new HashMap<>(endpoints.environment());
    String upstream =
        environment.getOrDefault(
            "AWS_ENDPOINT_URL_DYNAMODB", environment.getOrDefault("AWS_ENDPOINT_URL", ""));
    proxy = FaultProxy.to(upstream);
    environment.put("AWS_ENDPOINT_URL_DYNAMODB", proxy.endpoint());
    clients =
        new AwsClients(
            environment,
            Apache5HttpClient.builder().build(),
            Patience.CALLS.call(),
            Duration.ofSeconds(20));
  }

  @AfterAll
  static void close() {
    clients.close();
    proxy.close();
    tables.close();
  }

  @BeforeEach
  void tables() {
    String wheelTable = tables.create("slot", ScalarAttributeType.N, "tenant");
    table = new DynamoCacheTable(tables.client(), cacheTable);
    losing = new DynamoCacheTable(clients.dynamoDb(), cacheTable);
    wheel = new DynamoWheel(tables.client(), wheelTable, SLOTS);
    losingWheel = new DynamoWheel(clients.dynamoDb(), wheelTable, SLOTS);
    proxy.fault(operation -> FaultProxy.Fault.PASS);
  }

  /** From now on the answer to the next request is lost, and no other. */
  private static void loseNextAnswer() {
    loseAnswer(1);
  }

  /** The same for the answer to the request with this number. */
  private static void loseAnswer(int number) {
    AtomicInteger requests = new AtomicInteger();
    proxy.fault(operation ->
        requests.incrementAndGet() == number
            ? FaultProxy.Fault.LOST_ANSWER
            : FaultProxy.Fault.PASS);
  }

  /** An import counts what it added, however often the SDK had to ask. */
  @Test
  void anOriginalThatIsAdded() {
    DynamoSource source = new DynamoSource(clients.dynamoDb(), sourceTable);
    loseNextAnswer();

    assertThat(source.put(original(7), NOW)).isEqualTo(DynamoSource.Put.ADDED);
    assertThat(source.put(original(7), NOW + 1)).isEqualTo(DynamoSource.Put.UNCHANGED);
  }

  @Test
  void anOriginalThatIsReplaced() {
    DynamoSource source = new DynamoSource(clients.dynamoDb(), sourceTable);
    assertThat(source.put(original(7), NOW)).isEqualTo(DynamoSource.Put.ADDED);
    for (int answers = 1; answers <= 2; answers++) {
      loseAnswer(answers);
      assertThat(source.put(original(7 + answers), NOW)).isEqualTo(DynamoSource.Put.REPLACED);
    }
  }

  private SourceRow.Original original(long version) {
    return new SourceRow.Original(id, "legacy", "c", version);
  }

  @Test
  void aPutOnNothing() {
    loseNextAnswer();

    assertThat(losing.put(ready(3, 5), null)).isTrue();

    assertThat(table.read(id)).isEqualTo(ready(3, 5));
  }

  @Test
  void aPutOnAnEntry() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.put(ready(3, 6), ready(3, 5))).isTrue();

    assertThat(table.read(id)).isEqualTo(ready(3, 6));
  }

  @Test
  void aPutThatRaisesTheFence() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.put(notFound(4), ready(3, 5))).isTrue();

    assertThat(table.read(id)).isEqualTo(notFound(4));
  }

  @Test
  void aPutAfterWhichSomebodyHasRaisedTheFence() {
    AtomicBoolean lost = new AtomicBoolean();
    proxy.fault(operation -> {
      if (!lost.getAndSet(true)) {
        return FaultProxy.Fault.LOST_ANSWER;
      }
      assertThat(table.raiseFence(id, NOW, DELETABLE + 1).fence()).isEqualTo(4);
      return FaultProxy.Fault.PASS;
    });

    assertThat(losing.put(ready(3, 5), null)).isTrue();
  }

  @Test
  void aPutThatSomebodyElseHasMadeImpossible() {
    assertThat(table.put(ready(3, 6), null)).isTrue();
    // The first request never gets there, so that the second one is sent all the same.
    AtomicBoolean reset = new AtomicBoolean();
    proxy.fault(
        operation -> reset.getAndSet(true) ? FaultProxy.Fault.PASS : FaultProxy.Fault.RESET);

    assertThat(losing.put(ready(3, 5), null)).isFalse();

    assertThat(table.read(id)).isEqualTo(ready(3, 6));
  }

  @Test
  void aBurial() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.bury(id, NOW, Tombstone.revoking(REVOCATION))).isNotNull();

    assertThat(table.read(id).revocation()).isEqualTo(REVOCATION);
    assertThat(table.read(id).fence()).isGreaterThan(3);
  }

  @Test
  void aBurialByFence() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.buryIfFence(id, 3, NOW, Tombstone.of(4L, DELETABLE))).isNotNull();

    assertThat(table.read(id).fence()).isEqualTo(4);
    assertThat(table.read(id).state()).isEqualTo(EntryState.INVALID);
  }

  @Test
  void aBurialByFenceOfWhatIsRevoked() {
    Entry unused = table.bury(id, NOW, Tombstone.revoking(REVOCATION));
    long fence = table.read(id).fence();
    AtomicBoolean first = new AtomicBoolean();
    AtomicBoolean lost = new AtomicBoolean();
    // The first request only learns that there is a revocation.
    proxy.fault(operation ->
        !first.getAndSet(true) || lost.getAndSet(true)
            ? FaultProxy.Fault.PASS
            : FaultProxy.Fault.LOST_ANSWER);

    assertThat(losing.buryIfFence(id, fence, NOW, Tombstone.of(4L, DELETABLE))).isNotNull();

    assertThat(lost).isTrue();
    assertThat(table.read(id).fence()).isEqualTo(fence + 1);
    assertThat(table.read(id).isRevoked(7)).isTrue();
  }

  @Test
  void aBurialByAnotherFence() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.buryIfFence(id, 2, NOW, Tombstone.of(4L, DELETABLE))).isNull();

    assertThat(table.read(id)).isEqualTo(ready(3, 5));
  }

  @Test
  void aRaisedFence() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.raiseFence(id, NOW, DELETABLE)).isEqualTo(table.read(id));

    assertThat(table.read(id).sealed()).isEqualTo(ready(3, 5).sealed());
    assertThat(table.read(id).fence()).isGreaterThan(3);
  }

  @Test
  void aRevocationThatIsPutOff() {
    Entry unused = table.bury(id, NOW, Tombstone.of(null, DELETABLE));
    loseNextAnswer();

    assertThat(losing.putRevocation(id, NOW + 1, REVOCATION)).isTrue();

    assertThat(table.read(id).revocation()).isEqualTo(REVOCATION);
  }

  @Test
  void aLease() {
    Lease lease = new Lease("me", NOW + 10);
    loseNextAnswer();

    assertThat(losing.lease(id, lease, NOW, DELETABLE)).isTrue();

    assertThat(table.read(id).filling()).isEqualTo(lease);
  }

  @Test
  void aLeaseOfWhatIsRevoked() {
    Entry unused = table.bury(id, NOW, Tombstone.revoking(REVOCATION));
    Lease lease = new Lease("me", NOW + 10);
    AtomicBoolean first = new AtomicBoolean();
    AtomicBoolean lost = new AtomicBoolean();
    proxy.fault(operation ->
        !first.getAndSet(true) || lost.getAndSet(true)
            ? FaultProxy.Fault.PASS
            : FaultProxy.Fault.LOST_ANSWER);

    assertThat(losing.lease(id, lease, NOW, DELETABLE)).isTrue();

    assertThat(lost).isTrue();
    assertThat(table.read(id).filling()).isEqualTo(lease);
  }

  @Test
  void aLeaseThatIsGivenBack() {
    assertThat(table.put(ready(3, 5), null)).isTrue();
    assertThat(table.lease(id, new Lease("me", NOW + 10), NOW, DELETABLE)).isTrue();
    loseNextAnswer();

    losing.release(id, "me");

    assertThat(table.read(id)).isEqualTo(ready(3, 5));
  }

  @Test
  void aLeaseThatIsForgotten() {
    assertThat(table.lease(id, new Lease("me", NOW + 10), NOW, DELETABLE)).isTrue();
    loseNextAnswer();

    assertThat(losing.forget(id, "me")).isTrue();

    assertThat(table.read(id)).isNull();
  }

  @Test
  void aDeletionOfWhatHasEnded() {
    assertThat(table.put(notFound(3), null)).isTrue();
    loseNextAnswer();

    assertThat(losing.deleteEnded(notFound(3))).isTrue();

    assertThat(table.read(id)).isNull();
  }

  @Test
  void anEnrolment() {
    loseNextAnswer();

    assertThat(losingWheel.enrol("acme")).isTrue();

    assertThat(wheel.isEnrolled("acme")).isTrue();
    assertThat(losingWheel.enrol("acme")).isFalse();
  }

  @Test
  void aDeparture() {
    assertThat(wheel.enrol("acme")).isTrue();
    loseNextAnswer();
    assertThat(losingWheel.prepareLeave("acme", "me")).isTrue();
    loseNextAnswer();
    assertThat(losingWheel.leave("acme", "me")).isTrue();
    assertThat(wheel.isEnrolled("acme")).isFalse();

    assertThat(wheel.enrol("acme")).isTrue();
    wheel.watch("acme", NOW);
    loseNextAnswer();
    assertThat(losingWheel.leaveUnused(new Wheel.Member("acme", NOW))).isTrue();
    assertThat(wheel.isEnrolled("acme")).isFalse();
  }

  @Test
  void aTenantThatIsWatched() {
    assertThat(wheel.enrol("acme")).isTrue();
    loseNextAnswer();

    losingWheel.watch("acme", NOW);

    assertThat(wheel.slot(Wheel.slotOf("acme", SLOTS)))
        .containsExactly(new Wheel.Member("acme", NOW));
  }

  @Test
  void aCursorThatMoves() {
    Wheel.Cursor first = new Wheel.Cursor(100, 293);
    Wheel.Cursor second = new Wheel.Cursor(101, 293);
    loseNextAnswer();
    assertThat(losingWheel.advance(null, first)).isTrue();
    loseNextAnswer();
    assertThat(losingWheel.advance(first, second)).isTrue();
    loseNextAnswer();
    assertThat(losingWheel.advance(first, new Wheel.Cursor(102, 293))).isFalse();

    assertThat(wheel.cursor()).isEqualTo(second);
  }

  private Entry ready(long fence, long version) {
    SealedCredential sealed =
        new SealedCredential(
            version,
            SdkBytes.fromByteArray(new byte[64]),
            SdkBytes.fromByteArray(new byte[184]),
            NOW - 1,
            NOW,
            NOW + 2,
            NOW + 3);
    return Entry.ready(id, fence, sealed, 20, null, DELETABLE);
  }

  private Entry notFound(long fence) {
    return Entry.failed(
        id, fence, null, new Failure(Failure.NOT_FOUND, NOW + 1), 0, null, NOW, DELETABLE);
  }
}
