package dev.keepwarm.integration;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Empty tables for the contracts of {@code core}, deleted afterwards. Not thread-safe. */
final class Tables implements AutoCloseable {
  private final AwsClients clients;
  private final DynamoDbClient client;
  private final List<String> made = new ArrayList<>();

  Tables(Endpoints endpoints) {
    clients =
        new AwsClients(
            endpoints.environment(),
            Apache5HttpClient.builder().build(),
            Patience.LIMIT,
            Duration.ofSeconds(20));
    client = clients.dynamoDb();
  }

  DynamoDbClient client() {
    return client;
  }

  /** Makes a table whose range key is a text. */
  String create(String hash, ScalarAttributeType hashType, String range) {
    String table = "keepwarm-contract-" + UUID.randomUUID();
    client.createTable(r ->
        r.tableName(table)
            .billingMode(BillingMode.PAY_PER_REQUEST)
            .attributeDefinitions(
                a -> a.attributeName(hash).attributeType(hashType),
                a -> a.attributeName(range).attributeType(ScalarAttributeType.S))
            .keySchema(
                k -> k.attributeName(hash).keyType(KeyType.HASH),
                k -> k.attributeName(range).keyType(KeyType.RANGE)));
    made.add(table);
    client.waiter().waitUntilTableExists(r -> r.tableName(table));
    return table;
  }

  @Override
  public void close() {
    made.forEach(table -> client.deleteTable(r -> r.tableName(table)));
    clients.close();
  }
}
