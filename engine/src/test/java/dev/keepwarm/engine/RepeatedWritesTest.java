package dev.keepwarm.engine;

import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/** The contract on a DynamoDB in memory; {@code RepeatedWritesIT} runs it with the SDK. */
final class RepeatedWritesTest extends RepeatedWritesContract {
  private final MemoryDynamoDb client = new MemoryDynamoDb();
  private final DynamoDbClient losingClient = new Losing();
  private final CacheTable table = new DynamoCacheTable(client, DynamoTables.CACHE);
  private final CacheTable losing = new DynamoCacheTable(losingClient, DynamoTables.CACHE);
  private final Wheel wheel = new DynamoWheel(client, DynamoTables.WHEEL, SLOTS);
  private final Wheel losingWheel = new DynamoWheel(losingClient, DynamoTables.WHEEL, SLOTS);
  private Supplier<Fate> fate = () -> Fate.ANSWERED;

  @BeforeEach
  void createTables() {
    DynamoTables.create(client);
  }

  @Override
  protected CacheTable table() {
    return table;
  }

  @Override
  protected CacheTable losing() {
    return losing;
  }

  @Override
  protected void plant(Map<String, AttributeValue> item) {
    client.putItem(r -> r.tableName(DynamoTables.CACHE).item(item));
  }

  @Override
  protected Wheel wheel() {
    return wheel;
  }

  @Override
  protected Wheel losingWheel() {
    return losingWheel;
  }

  @Override
  protected void fate(Supplier<Fate> next) {
    fate = next;
  }

  /** A client that sends a request until it is answered, as that of the SDK does. */
  private final class Losing implements DynamoDbClient {
    @Override
    public GetItemResponse getItem(GetItemRequest request) {
      return answered(() -> client.getItem(request));
    }

    @Override
    public PutItemResponse putItem(PutItemRequest request) {
      return answered(() -> client.putItem(request));
    }

    @Override
    public UpdateItemResponse updateItem(UpdateItemRequest request) {
      return answered(() -> client.updateItem(request));
    }

    @Override
    public DeleteItemResponse deleteItem(DeleteItemRequest request) {
      return answered(() -> client.deleteItem(request));
    }

    private <T> T answered(Supplier<T> request) {
      for (int attempts = 1; ; attempts++) {
        Fate next = fate.get();
        if (next == Fate.REQUEST_LOST) {
          continue;
        }
        try {
          T answer = request.get();
          if (next == Fate.ANSWERED) {
            return answer;
          }
        } catch (ConditionalCheckFailedException e) {
          if (next == Fate.ANSWERED) {
            throw e.toBuilder().numAttempts(attempts).build();
          }
        }
      }
    }

    @Override
    public String serviceName() {
      return SERVICE_NAME;
    }

    @Override
    public void close() {}
  }
}
