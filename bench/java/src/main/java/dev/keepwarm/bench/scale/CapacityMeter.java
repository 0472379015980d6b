package dev.keepwarm.bench.scale;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

/**
 * Adds up the capacity that DynamoDB reports for each read, without a change of the reading code.
 * Thread-safe.
 */
final class CapacityMeter implements ExecutionInterceptor {
  private final DoubleAdder readUnits = new DoubleAdder();
  private final AtomicLong requests = new AtomicLong();

  /** The read units since the last call. */
  double takeReadUnits() {
    return readUnits.sumThenReset();
  }

  /** The requests of any kind since the last call. */
  long takeRequests() {
    return requests.getAndSet(0);
  }

  @Override
  public SdkRequest modifyRequest(
      Context.ModifyRequest context, ExecutionAttributes executionAttributes) {
    return switch (context.request()) {
      case QueryRequest query ->
          query.toBuilder().returnConsumedCapacity(ReturnConsumedCapacity.TOTAL).build();
      case GetItemRequest get ->
          get.toBuilder().returnConsumedCapacity(ReturnConsumedCapacity.TOTAL).build();
      default -> context.request();
    };
  }

  @Override
  public void afterExecution(
      Context.AfterExecution context, ExecutionAttributes executionAttributes) {
    requests.incrementAndGet();
    ConsumedCapacity consumed = consumed(context.response());
    if (consumed != null) {
      readUnits.add(consumed.capacityUnits());
    }
  }

  private static @Nullable ConsumedCapacity consumed(SdkResponse response) {
    return switch (response) {
      case QueryResponse query -> query.consumedCapacity();
      case GetItemResponse get -> get.consumedCapacity();
      default -> null;
    };
  }
}
