package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.engine.CacheTable.Tombstone;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

final class MemoryCacheTableTest extends CacheTableContract {
  private static final CredentialId ID = new CredentialId("t", "n");

  private final MemoryCacheTable table = new MemoryCacheTable();

  @Override
  protected CacheTable table() {
    return table;
  }

  @Override
  protected void plant(Map<String, AttributeValue> item) {
    table.plant(item);
  }

  @Test
  void deletesWhatIsPastItsTtlAndNothingElse() {
    Entry unused = table.raiseFence(ID, 0, 1_000);
    Entry revoked =
        table.bury(
            new CredentialId("t", "revoked"), 0, Tombstone.revoking(new Revocation(1, 2, 3)));
    assertThat(revoked).isNull();

    table.deleteExpired(1_000_000);
    assertThat(table.items()).hasSize(2);

    table.deleteExpired(1_000_001);
    assertThat(table.item(ID)).isNull();
    assertThat(table.items()).hasSize(1);
  }

  @Test
  void aFaultBeforeAWriteLeavesTheTableAsItIs() {
    table.hooks().failNext("raiseFence", ErrorCode.UNAVAILABLE);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> table.raiseFence(ID, 0, 1_000))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);

    assertThat(table.items()).isEmpty();
    assertThat(table.raiseFence(ID, 0, 1_000).fence()).isEqualTo(1);
    assertThat(table.hooks().count("raiseFence")).isEqualTo(2);
  }

  @Test
  void aLostAnswerLeavesTheWriteDone() {
    table.hooks().loseNextAnswer("raiseFence", ErrorCode.TIMEOUT);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> table.raiseFence(ID, 0, 1_000))
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code);

    assertThat(table.raiseFence(ID, 0, 1_000).fence()).isEqualTo(2);
  }

  @Test
  void aHookCanComeBetweenTwoStepsOfSomebodyElse() {
    table.hooks().beforeNext("raiseFence", () -> table.remove(ID));
    table.plant(Entry.bareTombstone(ID, 9, null));

    assertThat(table.raiseFence(ID, 0, 1_000).fence()).isEqualTo(1);
  }

  @Test
  void everyCallFailsUntilTheHooksAreCleared() {
    table.hooks().failWith(ErrorCode.DENIED);

    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> table.read(ID));
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> table.readTenant("t"));

    table.hooks().clear();
    assertThat(table.readTenant("t")).isEmpty();
    assertThat(table.hooks().count()).isEqualTo(3);
  }
}
