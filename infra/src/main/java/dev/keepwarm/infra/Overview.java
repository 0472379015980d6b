package dev.keepwarm.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.AlarmStatusWidget;
import software.amazon.awscdk.services.cloudwatch.Dashboard;
import software.amazon.awscdk.services.cloudwatch.GraphWidget;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.IWidget;
import software.amazon.awscdk.services.cloudwatch.TextWidget;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.amazon.awscdk.services.lambda.Alias;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/** The dashboard. Its rows answer: is it warm, is it fresh, is it safe, what does it cost? */
final class Overview {
  private static final Duration PERIOD = Duration.minutes(5);

  /** The width of a graph: a dashboard has 24 columns. */
  private static final int QUARTER = 6;

  private static final int THIRD = 8;

  /** Four graphs of this width and one of the next fill a row. */
  private static final int FIFTH = 5;

  private static final int SIXTH = 4;

  private final List<ITable> tables = new ArrayList<>();
  private final List<Alias> functions;
  private final Queues queues;
  private final Metrics metrics;

  private Overview(Tables tables, Functions functions, Queues queues, Metrics metrics) {
    this.metrics = metrics;
    this.tables.add(tables.cache());
    this.tables.add(tables.wheel());
    ITable source = tables.source();
    if (source != null) {
      this.tables.add(source);
    }
    this.functions = List.of(functions.decryptor(), functions.resolver(), functions.warmer());
    this.queues = queues;
  }

  static void of(
      Construct scope,
      KeepwarmProps props,
      Tables tables,
      Functions functions,
      Queues queues,
      Metrics metrics,
      Alarms alarms) {
    Overview overview = new Overview(tables, functions, queues, metrics);
    Dashboard.Builder.create(scope, "Dashboard")
        .dashboardName("keepwarm" + props.suffix())
        .widgets(
            List.of(
                List.of(
                    AlarmStatusWidget.Builder.create()
                        .title("Alarms")
                        .alarms(alarms.all())
                        .width(24)
                        .height(3)
                        .build()),
                title("Is it warm?  `keepwarm console` shows the wheel, and each tenant"),
                overview.warm(),
                title("Is it fresh?"),
                overview.fresh(),
                title("Is it safe?  `docs/operations.md` describes what to do"),
                overview.safe(),
                title("What does it cost?  `./keepwarm cost --credentials N` estimates a month"),
                overview.cost()))
        .build();
  }

  private List<IWidget> warm() {
    return List.of(
        graph(SIXTH, "Cold reads share", List.of(metrics.coldReadShare(PERIOD))),
        graph(FIFTH, "Readers", counted("reader", "nearHits", "cacheReads", "misses", "resolves")),
        graph(
            FIFTH,
            "Warmer",
            counted(
                "warmer",
                "Ticks",
                "SlotsPublished",
                "SlotsLeft",
                "TenantsPublished",
                "TenantsIdle")),
        graph(
            FIFTH,
            "Lookups of readers, milliseconds",
            List.of(metrics.lookups("p50", PERIOD), metrics.lookups("p99", PERIOD))),
        graph(
            FIFTH, "Outages of readers", counted("reader", "outages", "staleServed", "timeouts")));
  }

  private List<IWidget> fresh() {
    return List.of(
        graph(SIXTH, "Oldest message, seconds", messages("ApproximateAgeOfOldestMessage")),
        graph(FIFTH, "Backlog", messages("ApproximateNumberOfMessagesVisible")),
        graph(
            FIFTH,
            "Refreshes",
            counted("decryptor", "TenantsRefreshed", "Sealed", "SourceBehind", "Failed")),
        graph(
            FIFTH,
            "Checks, with freshness records",
            List.of(
                metrics.counted("warmer", "TenantsPublished", PERIOD),
                metrics.counted("decryptor", "TenantsVouched", PERIOD),
                metrics.counted("decryptor", "RecordsWritten", PERIOD),
                metrics.counted("decryptor", "RoundsFailed", PERIOD),
                metrics.counted("decryptor", "RenewalsFailed", PERIOD))),
        graph(
            FIFTH,
            "Outcomes of changes",
            counted(
                "decryptor",
                "Changes",
                "Buried",
                "Refused",
                "VersionNotReached",
                "LateChanges",
                "LateRevocations")));
  }

  private List<IWidget> safe() {
    List<IMetric> tampered = new ArrayList<>(counted("decryptor", "Tampered", "Undecodable"));
    tampered.addAll(counted("reader", "tampered", "rejections"));
    return List.of(
        graph(QUARTER, "Tampered, undecodable, rejected", tampered),
        graph(QUARTER, "Dead letters", deadLetters("ApproximateNumberOfMessagesVisible")),
        graph(QUARTER, "Oldest dead letter, seconds", deadLetters("ApproximateAgeOfOldestMessage")),
        graph(QUARTER, "Errors and throttles", functions("Sum", "Errors", "Throttles")));
  }

  private List<IWidget> cost() {
    List<IMetric> units = new ArrayList<>();
    for (ITable table : tables) {
      for (String metric : List.of("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")) {
        units.add(
            Metrics.of(
                "AWS/DynamoDB", metric, Map.of("TableName", table.getTableName()), "Sum", PERIOD));
      }
    }
    List<IMetric> requests = new ArrayList<>(functions("Sum", "Invocations"));
    requests.add(queue("NumberOfMessagesReceived", queues.due(), "Sum"));
    requests.add(queue("NumberOfMessagesReceived", queues.changes(), "Sum"));
    requests.add(queue("NumberOfMessagesReceived", queues.urgent(), "Sum"));
    requests.addAll(counted("reader", "unwraps"));
    return List.of(
        graph(THIRD, "DynamoDB request units", units),
        graph(THIRD, "Function milliseconds", functions("Sum", "Duration")),
        graph(THIRD, "Invocations, messages, KMS requests of readers", requests));
  }

  private List<IMetric> functions(String statistic, String... names) {
    List<IMetric> metrics = new ArrayList<>();
    for (Alias function : functions) {
      for (String name : names) {
        metrics.add(
            Metrics.of(
                "AWS/Lambda",
                name,
                Map.of("FunctionName", function.getLambda().getFunctionName()),
                statistic,
                PERIOD));
      }
    }
    return metrics;
  }

  private List<IMetric> counted(String part, String... names) {
    List<IMetric> counted = new ArrayList<>();
    for (String name : names) {
      counted.add(metrics.counted(part, name, PERIOD));
    }
    return counted;
  }

  private List<IMetric> messages(String name) {
    return greatest(name, queues.urgent(), queues.changes(), queues.due());
  }

  private List<IMetric> deadLetters(String name) {
    return greatest(
        name, queues.urgentDeadLetters(), queues.changesDeadLetters(), queues.dueDeadLetters());
  }

  private static List<IMetric> greatest(String name, Queue... queues) {
    return Stream.of(queues).map(queue -> queue(name, queue, "Maximum")).toList();
  }

  private static IMetric queue(String name, Queue queue, String statistic) {
    return Metrics.of(
        "AWS/SQS", name, Map.of("QueueName", queue.getQueueName()), statistic, PERIOD);
  }

  private static IWidget graph(int width, String title, List<? extends IMetric> metrics) {
    return GraphWidget.Builder.create()
        .title(title)
        .left(List.copyOf(metrics))
        .width(width)
        .height(6)
        .build();
  }

  private static List<IWidget> title(String text) {
    return List.of(TextWidget.Builder.create().markdown("## " + text).width(24).height(1).build());
  }
}
