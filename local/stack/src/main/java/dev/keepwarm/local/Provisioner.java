package dev.keepwarm.local;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.engine.SourceSchema;
import dev.keepwarm.engine.WheelSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * Creates Keepwarm's resources on any AWS-compatible endpoint, as the CDK app creates them on AWS.
 * Existing resources are left unchanged. Not thread-safe.
 */
public final class Provisioner {
  private final DynamoDbClient dynamoDb;
  private final KmsClient kms;
  private final EventBridgeClient eventBridge;
  private final SqsClient sqs;
  private final ResourceNames names;

  /** A provisioner for an environment's endpoints. */
  public Provisioner(AwsClients clients, ResourceNames names) {
    this.names = names;
    this.dynamoDb = clients.dynamoDb();
    this.kms = clients.kms();
    this.eventBridge = clients.eventBridge();
    this.sqs = clients.configure(SqsClient.builder(), "SQS").build();
  }

  /**
   * Creates all resources.
   *
   * @param redelivery of the three queues
   */
  public Resources provision(Redelivery redelivery) {
    table(names.cacheTable(), EntrySchema.TENANT, ScalarAttributeType.S, EntrySchema.NAME);
    table(names.wheelTable(), WheelSchema.SLOT, ScalarAttributeType.N, WheelSchema.TENANT);
    table(names.sourceTable(), SourceSchema.TENANT, ScalarAttributeType.S, SourceSchema.NAME);
    String keyArn = key();
    bus();
    String dueDeadLetters = queue(names.dueDeadLetters(), Map.of());
    String changesDeadLetters = queue(names.changesDeadLetters(), Map.of());
    String urgentDeadLetters = queue(names.urgentDeadLetters(), Map.of());
    String due =
        queue(names.due(), redriven(dueDeadLetters, redelivery, redelivery.maxReceivesOfDue()));
    String changes =
        queue(names.changes(), redriven(changesDeadLetters, redelivery, redelivery.maxReceives()));
    String urgent =
        queue(names.urgent(), redriven(urgentDeadLetters, redelivery, redelivery.maxReceives()));
    rule(names.due(), Events.FOR_DUE_QUEUE, due);
    rule(names.changes(), Events.FOR_CHANGES_QUEUE, changes);
    rule(names.urgent(), Events.FOR_URGENT_QUEUE, urgent);
    return new Resources(
        names, keyArn, due, changes, urgent, dueDeadLetters, changesDeadLetters, urgentDeadLetters);
  }

  private void table(String name, String hash, ScalarAttributeType hashType, String range) {
    try {
      dynamoDb.createTable(request ->
          request
              .tableName(name)
              .billingMode(BillingMode.PAY_PER_REQUEST)
              .attributeDefinitions(
                  a -> a.attributeName(hash).attributeType(hashType),
                  a -> a.attributeName(range).attributeType(ScalarAttributeType.S))
              .keySchema(
                  k -> k.attributeName(hash).keyType(KeyType.HASH),
                  k -> k.attributeName(range).keyType(KeyType.RANGE)));
    } catch (ResourceInUseException e) {
      // The resource exists already.
      return;
    }
    dynamoDb.waiter().waitUntilTableExists(request -> request.tableName(name));
    if (name.equals(names.cacheTable())) {
      dynamoDb.updateTimeToLive(request ->
          request
              .tableName(name)
              .timeToLiveSpecification(ttl -> ttl.enabled(true).attributeName(EntrySchema.TTL)));
    }
  }

  private String key() {
    try {
      return kms.describeKey(request -> request.keyId(names.keyAlias())).keyMetadata().arn();
    } catch (NotFoundException e) {
      String arn = kms.createKey(request -> request.description("Keepwarm")).keyMetadata().arn();
      kms.createAlias(request -> request.aliasName(names.keyAlias()).targetKeyId(arn));
      return arn;
    }
  }

  private void bus() {
    try {
      eventBridge.createEventBus(request -> request.name(names.bus()));
    } catch (ResourceAlreadyExistsException e) {
      // The resource exists already.
    }
  }

  private String queue(String name, Map<QueueAttributeName, String> attributes) {
    return sqs.createQueue(request -> request.queueName(name).attributes(attributes)).queueUrl();
  }

  private Map<QueueAttributeName, String> redriven(
      String deadLettersUrl, Redelivery redelivery, int receives) {
    Map<QueueAttributeName, String> attributes = new HashMap<>();
    attributes.put(
        QueueAttributeName.VISIBILITY_TIMEOUT, Long.toString(redelivery.visibility().toSeconds()));
    attributes.put(
        QueueAttributeName.REDRIVE_POLICY,
        "{\"deadLetterTargetArn\":\""
            + queueArn(deadLettersUrl)
            + "\",\"maxReceiveCount\":\""
            + receives
            + "\"}");
    return attributes;
  }

  private void rule(String name, List<String> detailTypes, String queueUrl) {
    eventBridge.putRule(request ->
        request
            .name(name)
            .eventBusName(names.bus())
            .eventPattern(
                "{\"source\":[\""
                    + Events.SOURCE
                    + "\"],\"detail-type\":[\""
                    + String.join("\",\"", detailTypes)
                    + "\"]}"));
    String queueArn = queueArn(queueUrl);
    eventBridge.putTargets(request ->
        request
            .rule(name)
            .eventBusName(names.bus())
            .targets(target -> target.id("queue").arn(queueArn)));
  }

  private String queueArn(String url) {
    return Objects.requireNonNull(
        sqs.getQueueAttributes(
                request -> request.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
            .attributes()
            .get(QueueAttributeName.QUEUE_ARN));
  }
}
