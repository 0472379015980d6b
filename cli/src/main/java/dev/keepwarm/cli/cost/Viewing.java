package dev.keepwarm.cli.cost;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cost of showing a deployment for an hour. Pure.
 *
 * @param slots how many slots of the wheel are read in the hour
 * @param slotTenants how many tenants a slot has on average
 * @param tenants how many tenants are read in the hour
 * @param perTenant how many credentials a tenant has on average
 * @param ticks how often the cursor and the queues are read in the hour
 * @param looks how often CloudWatch is read in the hour, for metrics and for alarms
 * @param metrics how many metrics are requested each time
 */
public record Viewing(
    double slots,
    double slotTenants,
    double tenants,
    double perTenant,
    double ticks,
    double looks,
    double metrics) {
  private static final double MILLION = 1e6;
  private static final double THOUSAND = 1e3;

  /** Three queues and their dead letters. */
  private static final int QUEUES = 6;

  /** DynamoDB's read units in an hour: strongly consistent, one for each 4 KB, rounded up. */
  public double readUnits() {
    return slots * Estimate.units(slotTenants, 0.1)
        + tenants * Estimate.units(perTenant, 1.0)
        + 2 * ticks;
  }

  /** The cost in dollars. */
  public double dollars(Prices prices) {
    return readUnits() / MILLION * prices.of("dynamodb.millionReads")
        + QUEUES * ticks / MILLION * prices.of("sqs.millionRequests")
        + looks * metrics / THOUSAND * prices.of("cloudwatch.thousandMetricsRead")
        + looks / THOUSAND * prices.of("cloudwatch.thousandRequests");
  }

  /** The cost as JSON. */
  public Map<String, @Nullable Object> json(Prices prices) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("readUnitsAnHour", Math.round(readUnits()));
    json.put("queueRequestsAnHour", Math.round(QUEUES * ticks));
    json.put("metricsAnHour", Math.round(looks * metrics));
    json.put("dollarsAnHour", dollars(prices));
    return json;
  }
}
