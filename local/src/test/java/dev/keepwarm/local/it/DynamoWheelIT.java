package dev.keepwarm.local.it;

import dev.keepwarm.core.DynamoWheel;
import dev.keepwarm.core.Wheel;
import dev.keepwarm.core.WheelContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

@ExtendWith(EndpointsExtension.class)
class DynamoWheelIT extends WheelContract {
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
  protected Wheel emptyWheel(int slots) {
    return new DynamoWheel(
        tables.client(), tables.create("slot", ScalarAttributeType.N, "tenant"), slots);
  }
}
