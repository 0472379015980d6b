package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Failure;
import org.junit.jupiter.api.Test;

final class MemorySourceTest extends SourceContract {
  private final MemorySource source = new MemorySource();

  @Override
  protected Source source() {
    return source;
  }

  @Override
  protected void put(SourceRow.Original row) {
    source.put(row);
  }

  @Override
  protected void delete(CredentialId id) {
    source.delete(id);
  }

  @Test
  void keepsUnusableRowsAndCountsReads() {
    SourceRow row = new SourceRow.Unusable(new CredentialId("t", "n"), null, Failure.BAD_ROW);
    source.put(row);

    assertThat(source.readTenant("t")).containsExactly(row);
    assertThat(source.hooks().count("readTenant")).isEqualTo(1);
  }
}
