package dev.keepwarm.integration;

import dev.keepwarm.engine.DynamoWheelContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

@ExtendWith(EndpointsExtension.class)
class DynamoWheelIT extends DynamoWheelContract {
  private static Tables tables;

  @BeforeAll
  static void open(Endpoints endpoints) {
    tables = new Tables(endpoints);
  }

  @AfterAll
  static void delete() {
    tables.close();
  }

  @Override
  protected DynamoDbClient client() {
    return tables.client();
  }

  @Override
  protected String newTable() {
    return tables.create("slot", ScalarAttributeType.N, "tenant");
  }
}
