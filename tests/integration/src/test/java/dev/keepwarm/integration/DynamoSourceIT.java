package dev.keepwarm.integration;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceContract;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.source.DynamoSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

@ExtendWith(EndpointsExtension.class)
class DynamoSourceIT extends SourceContract {
  private static Tables tables;
  private DynamoSource source;

  @BeforeAll
  static void open(Endpoints endpoints) {
    tables = new Tables(endpoints);
  }

  @AfterAll
  static void delete() {
    tables.close();
  }

  @BeforeEach
  void create() {
    source =
        new DynamoSource(tables.client(), tables.create("tenant", ScalarAttributeType.S, "name"));
  }

  @Override
  protected Source source() {
    return source;
  }

  @Override
  protected void put(SourceRow.Original row) {
    source.put(row, 0);
  }

  /** The row with the time of its put. */
  @Override
  protected SourceRow.Original shown(SourceRow.Original put) {
    return new SourceRow.Original(put.id(), put.profile(), put.ciphertext(), put.version(), 0L);
  }

  @Override
  protected void delete(CredentialId id) {
    source.delete(id);
  }
}
