package dev.keepwarm.bench.scale;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalProcess;
import java.util.List;
import java.util.Map;

/** The warmer from ten thousand tenants to a hundred million, and what they cost. */
public final class Scale implements Suite {
  private static final List<Population> TABLES =
      List.of(new Population(10_000), new Population(100_000), new Population(1_000_000));

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("Scale");
    List<Population> tables = run.smoke() ? TABLES.subList(0, 1) : TABLES;
    try (DynamoDbLocalProcess process =
        DynamoDbLocalProcess.start(DynamoDbLocalFiles.ofBuild(run.home()), 0, null)) {
      Map<String, String> environment =
          Map.of(
              "AWS_ENDPOINT_URL_DYNAMODB", process.endpoint().toString(),
              "AWS_REGION", "us-east-1",
              "AWS_ACCESS_KEY_ID", "local",
              "AWS_SECRET_ACCESS_KEY", "local");
      fill(environment, tables);
      new SteadyTicks(run).measure(environment, tables, result);
      double perSecond = new LargeTick(run).measure(environment, tables.getLast(), result);
      HundredMillion.report(perSecond, result);
    }
    MonthlyCost.report(result);
    return result;
  }

  private static void fill(Map<String, String> environment, List<Population> tables)
      throws Exception {
    try (AwsClients clients = Clients.of(environment)) {
      WheelTables making = new WheelTables(clients.dynamoDb());
      for (Population population : tables) {
        long from = System.nanoTime();
        making.make(population);
        System.err.println(
            "bench: enrolled %s in %,d s"
                .formatted(population.label(), (System.nanoTime() - from) / 1_000_000_000));
      }
    }
  }
}
