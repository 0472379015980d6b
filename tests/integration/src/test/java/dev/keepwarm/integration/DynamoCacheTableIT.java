package dev.keepwarm.integration;

import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.CacheTableContract;
import dev.keepwarm.engine.DynamoCacheTable;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

@ExtendWith(EndpointsExtension.class)
class DynamoCacheTableIT extends CacheTableContract {
  private static Tables tables;
  private static String table;

  @BeforeAll
  static void create(Endpoints endpoints) {
    tables = new Tables(endpoints);
    table = tables.create("tenant", ScalarAttributeType.S, "name");
  }

  @AfterAll
  static void delete() {
    tables.close();
  }

  @Override
  protected CacheTable table() {
    return new DynamoCacheTable(tables.client(), table);
  }

  @Override
  protected void plant(Map<String, AttributeValue> item) {
    tables.client().putItem(r -> r.tableName(table).item(item));
  }
}
