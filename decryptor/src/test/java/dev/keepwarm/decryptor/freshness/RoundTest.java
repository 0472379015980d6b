package dev.keepwarm.decryptor.freshness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.decryptor.refresh.Generation;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.MemoryDynamoDb;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.TenantState;
import dev.keepwarm.engine.Wheel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A slot whose tenants are compared together. */
final class RoundTest {
  private static final Lifetimes LIFETIMES = Lifetimes.of(Duration.ofMinutes(15));
  private static final List<String> TENANTS = List.of("acme", "beta", "gamma");

  private final ManualClock clock = new ManualClock();
  private final MemoryDynamoDb dynamoDb = new MemoryDynamoDb();
  private final MemoryKeys keys = new MemoryKeys();
  private final AtomicInteger ids = new AtomicInteger();
  private final DynamoFreshnessStore store =
      new DynamoFreshnessStore(dynamoDb, DynamoTables.WHEEL, DynamoTables.CACHE, 1);
  private final Together source = new Together();
  private final Freshness freshness = freshness();

  @BeforeEach
  void seal() {
    DynamoTables.create(dynamoDb);
    Wheel wheel = new DynamoWheel(dynamoDb, DynamoTables.WHEEL, 1);
    for (String tenant : TENANTS) {
      put(tenant, 1);
      assertThat(wheel.enrol(tenant)).isTrue();
    }
    Round round = freshness.round(0);
    for (String tenant : TENANTS) {
      round.sealed(tenant, idOf(round, tenant), null);
    }
    source.requests.clear();
    clock.advance(Duration.ofMinutes(5));
  }

  @Test
  void oneRequestComparesTheSlot() {
    Round round = freshness.round(0);

    compare(round);

    assertThat(TENANTS).allMatch(tenant -> round.check(tenant, null));
    assertThat(source.requests).containsExactly(Set.copyOf(TENANTS));
    assertThat(named(round)).isEqualTo(3);
  }

  @Test
  void whoHasChangedIsSealedAndTheOthersAreVouchedFor() {
    put("beta", 2);
    Round round = freshness.round(0);

    compare(round);

    assertThat(round.check("beta", null)).isFalse();
    assertThat(round.check("acme", null)).isTrue();
    assertThat(round.check("gamma", null)).isTrue();
    assertThat(named(round)).isEqualTo(2);
  }

  @Test
  void oneTenantThatCannotBeComparedIsTheOnlyOneNotVouchedFor() {
    source.broken = "beta";
    Round round = freshness.round(0);

    compare(round);

    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> round.check("beta", null));
    assertThat(round.check("acme", null)).isTrue();
    assertThat(round.check("gamma", null)).isTrue();
    assertThat(named(round)).isEqualTo(2);
  }

  @Test
  void whoeverWasNotSealedIsNotCompared() {
    freshness.renew("acme");
    freshness.renew("beta");
    Round round = freshness.round(0);

    compare(round);

    assertThat(round.check("acme", null)).isFalse();
    assertThat(round.check("gamma", null)).isTrue();
    assertThat(source.requests).containsExactly(Set.of("gamma"));
  }

  @Test
  void aClockThatIsBehindVouchesForWhatOneThatIsAheadHasSealedInTheNextPeriod() {
    long period = freshness.period("acme");
    while (freshness.period("acme") == period) {
      clock.advance(Duration.ofMinutes(1));
    }
    Round ahead = freshness.round(0);
    ahead.sealed("acme", idOf(ahead, "acme"), null);
    clock.advance(Duration.ofMinutes(-1));
    assertThat(freshness.period("acme")).isEqualTo(period);

    Round behind = freshness.round(0);
    compare(behind);

    assertThat(behind.check("acme", null)).isTrue();
  }

  @Test
  void theRecordIsAsOldAsTheRoundHoweverLongTheComparisonsTake() {
    long begun = clock.millis();
    Round round = freshness.round(0);
    source.takes = Duration.ofMinutes(2);

    compare(round);

    assertThat(round.check("acme", null)).isTrue();
    FreshnessRecord record = written(round);
    assertThat(clock.millis()).isGreaterThan(begun);
    assertThat(record.checkedAt()).isEqualTo(begun);
    assertThat(record.freshUntil()).isEqualTo(begun + LIFETIMES.hard());
  }

  @Test
  void aRecordOfAClockThatIsAheadIsReplaced() {
    clock.advance(Duration.ofMinutes(4));
    assertThat(written(checked()).checkedAt()).isEqualTo(clock.millis());
    clock.advance(Duration.ofMinutes(-4));

    Round part = freshness.round(0);
    assertThat(part.check("acme", null)).isTrue();
    FreshnessRecord record = written(part);

    assertThat(record.checkedAt()).isEqualTo(clock.millis());
    assertThat(record.named()).as("a part takes nobody else away").hasSize(3);
  }

  @Test
  void aForeignItemOfTheSlotNeedNotBeChecked() {
    assertThat(named(checked())).isEqualTo(3);
    dynamoDb.putItem(r ->
        r.tableName(DynamoTables.WHEEL)
            .item(Map.of("slot", AttributeValue.fromN("0"), "tenant", AttributeValue.fromS("#"))));
    clock.advance(Duration.ofMinutes(5));

    assertThat(written(checked()).checkedAt()).isEqualTo(clock.millis());
  }

  @Test
  void whoeverWasFrozenDoesNotReplaceALaterRecord() {
    Round frozen = checked();
    clock.advance(Duration.ofMinutes(3));
    assertThat(checked().write()).isTrue();
    SdkBytes record = store.record(0);

    assertThat(frozen.write()).isFalse();

    assertThat(store.record(0)).isEqualTo(record);
  }

  /** Two decryptors seal a tenant for its new period, and one knows the new key already. */
  @Test
  void whoSealsForTheFormerKeyDoesNotNoteItAfterTheKeyWasRotated() {
    List<SourceRow> rows = source.readTenant("acme");
    long period = freshness.period("acme");
    while (freshness.period("acme") == period) {
      clock.advance(Duration.ofMinutes(1));
    }
    Round former = freshness.round(0);
    assertThat(Objects.requireNonNull(former.generation("acme")).renew(rows)).isTrue();
    SdkBytes forFormer = idOf(former, "acme");
    FreshnessStore.Secrets secrets = Objects.requireNonNull(store.secrets());
    assertThat(
            store.replaceSecrets(
                secrets,
                new FreshnessStore.Secrets(
                    secrets.current(), null, null, FreshnessStore.Rotation.GRADUAL)))
        .isTrue();
    Round current = freshness().round(0);
    Generation generation = Objects.requireNonNull(current.generation("acme"));
    assertThat(generation.renew(rows)).isTrue();
    SdkBytes forCurrent =
        Objects.requireNonNull(generation.vouchable()).ids().apply(rows).current();
    current.sealed("acme", forCurrent, null);

    former.sealed("acme", forFormer, null);

    assertThat(Objects.requireNonNull(store.sealing("acme")).id()).isEqualTo(forCurrent);
  }

  /** A round that has checked all tenants. */
  private Round checked() {
    Round round = freshness.round(0);
    assertThat(TENANTS).allMatch(tenant -> round.check(tenant, null));
    return round;
  }

  private Freshness freshness() {
    return new Freshness(
        new Freshness.Ports(
            store,
            keys,
            Kms.signingContext(DynamoTables.CACHE),
            () -> "generation-" + ids.incrementAndGet(),
            new SecureRandom()),
        source,
        clock,
        LIFETIMES,
        Duration.ofHours(24),
        1);
  }

  private SdkBytes idOf(Round round, String tenant) {
    return Objects.requireNonNull(round.generation(tenant))
        .vouchable()
        .ids()
        .apply(source.readTenant(tenant))
        .current();
  }

  private static void compare(Round round) {
    round.comparisons(TENANTS).forEach(Runnable::run);
  }

  /** How many states the record names that the round writes. */
  private int named(Round round) {
    return written(round).named().size();
  }

  private FreshnessRecord written(Round round) {
    assertThat(round.write()).isTrue();
    SdkBytes record = Objects.requireNonNull(store.record(0));
    return Objects.requireNonNull(FreshnessRecord.parse(record, 0));
  }

  private void put(String tenant, long version) {
    source.rows.put(new CredentialId(tenant, "bank"), "legacy", "x", version);
  }

  /** A source that compares any number of tenants by one request. */
  private final class Together implements Source {
    final MemorySource rows = new MemorySource();
    final List<Set<String>> requests = new ArrayList<>();
    @Nullable String broken;
    Duration takes = Duration.ZERO;

    @Override
    public List<SourceRow> readTenant(String tenant) {
      return rows.readTenant(tenant);
    }

    @Override
    public TenantState.Depth depth() {
      return TenantState.Depth.VERSIONS;
    }

    @Override
    public int comparedAtOnce() {
      return 100;
    }

    @Override
    public Map<String, TenantState> compare(Set<String> tenants) {
      requests.add(Set.copyOf(tenants));
      clock.advance(takes);
      Map<String, TenantState> states = new HashMap<>();
      for (String tenant : tenants) {
        if (tenant.equals(broken)) {
          throw new KeepwarmException(ErrorCode.TIMEOUT, "no answer in time");
        }
        states.put(tenant, TenantState.of(rows.readTenant(tenant), depth()));
      }
      return states;
    }

    @Override
    public TenantPage tenants(@Nullable String from, int limit) {
      return rows.tenants(from, limit);
    }
  }
}
