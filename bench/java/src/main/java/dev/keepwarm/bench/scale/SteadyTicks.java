package dev.keepwarm.bench.scale;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.engine.DynamoWheel;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Ticks with the same number of tenants due, by turns on wheels of different sizes. Compares each
 * wheel's times with those of the smallest.
 */
final class SteadyTicks {
  /** Half of the smallest wheel: 5,000 tenants due, in 200 events, in 20 requests. */
  static final int SLOTS = 5;

  private static final double FLAT = 1.2;

  private final Run run;

  SteadyTicks(Run run) {
    this.run = run;
  }

  /** Measures on real tables, and on simulated wheels. */
  void measure(Map<String, String> dynamoDb, List<Population> tables, Result result)
      throws IOException {
    Map<String, String> environment = new HashMap<>(dynamoDb);
    try (PutEventsEndpoint endpoint = PutEventsEndpoint.unlimited()) {
      endpoint.environment().forEach(environment::putIfAbsent);
      try (AwsClients clients = Clients.of(environment)) {
        EventBus bus =
            new EventBridgeBus(clients.eventBridge(), "bench", Pauses.real(), new SecureRandom());
        List<Variant> real = new ArrayList<>();
        for (Population population : tables) {
          real.add(onTable(clients, population, bus));
        }
        List<Variant> simulated = new ArrayList<>();
        for (long tenants : new long[] {1_000_000, 10_000_000, 100_000_000}) {
          simulated.add(simulated(new Population(tenants), bus));
        }
        List<Variant> all = new ArrayList<>(real);
        all.addAll(simulated);
        rounds(all, endpoint);
        result.note(
            ("Every slot has exactly %,d tenants, so a wheel with more tenants has more slots. In"
                    + " each tick, %d slots are due. Read units are DynamoDB Local's own"
                    + " `ConsumedCapacity`. On the simulated wheel they are counted by DynamoDB's"
                    + " rules, and the request, the events and the bus are the real ones.")
                .formatted(Population.PER_SLOT, SLOTS));
        report("table", "DynamoDB Local", real, result);
        report("simulated", "a simulated wheel", simulated, result);
      }
    }
  }

  private static Variant onTable(AwsClients clients, Population population, EventBus bus) {
    CapacityMeter meter = new CapacityMeter();
    var builder = clients.configure(DynamoDbClient.builder(), "DYNAMODB");
    builder.overrideConfiguration(
        builder.overrideConfiguration().toBuilder().addExecutionInterceptor(meter).build());
    DynamoWheel wheel =
        new DynamoWheel(builder.build(), WheelTables.name(population), population.slots());
    return new Variant(
        population, new Ticking(wheel, bus, population), meter::takeReadUnits, meter::takeRequests);
  }

  private static Variant simulated(Population population, EventBus bus) {
    SimulatedWheel wheel = new SimulatedWheel(population);
    return new Variant(
        population, new Ticking(wheel, bus, population), wheel::takeReadUnits, wheel::takeRequests);
  }

  private void rounds(List<Variant> variants, PutEventsEndpoint endpoint) {
    int warmUp = run.pick(15, 1);
    int rounds = warmUp + run.pick(40, 3);
    List<Variant> order = new ArrayList<>(variants);
    for (int round = 0; round < rounds; round++) {
      for (Variant variant : order) {
        variant.tick(endpoint, round >= warmUp);
      }
      Collections.rotate(order, 1);
    }
  }

  private static void report(String id, String what, List<Variant> variants, Result result) {
    String due = "%,d due".formatted((long) SLOTS * Population.PER_SLOT);
    Table times =
        result
            .table(id, "A tick with " + due + ", " + what, "ms")
            .floor(variants.getFirst().id())
            .line("enrolled");
    Table units =
        result
            .table(id + "-units", "Read units of a tick with " + due + ", " + what, "read units")
            .floor(variants.getFirst().id());
    for (Variant variant : variants) {
      times
          .row(variant.id(), variant.population.label() + " enrolled", array(variant.millis))
          .with("enrolled", variant.population.tenants())
          .with("slots", variant.population.slots());
      units
          .row(variant.id(), variant.population.label() + " enrolled", array(variant.units))
          .with("requests to the wheel", variant.wheelRequests)
          .with("PutEvents requests", variant.busRequests);
    }
    Variant least = variants.getFirst();
    for (Variant variant : variants.subList(1, variants.size())) {
      String ratio =
          "%s enrolled against %s (%s): "
              .formatted(variant.population.label(), least.population.label(), what);
      result.atMost(ratio + "time of a tick, ×", times.ratio(variant.id(), least.id()), FLAT);
      result.atMost(ratio + "read units, ×", units.ratio(variant.id(), least.id()), FLAT);
    }
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** One wheel, and the measurements of its ticks. Not thread-safe. */
  private static final class Variant {
    private final Population population;
    private final Ticking ticking;
    private final DoubleSupplier takeUnits;
    private final LongSupplier takeRequests;
    private final List<Double> millis = new ArrayList<>();
    private final List<Double> units = new ArrayList<>();
    private long wheelRequests;
    private long busRequests;

    Variant(
        Population population,
        Ticking ticking,
        DoubleSupplier takeUnits,
        LongSupplier takeRequests) {
      this.population = population;
      this.ticking = ticking;
      this.takeUnits = takeUnits;
      this.takeRequests = takeRequests;
    }

    String id() {
      return "enrolled-" + population.tenants();
    }

    void tick(PutEventsEndpoint endpoint, boolean counts) {
      double unused = takeUnits.getAsDouble();
      long none = takeRequests.getAsLong();
      long before = endpoint.requests();
      long from = System.nanoTime();
      ticking.tick(SLOTS);
      long nanos = System.nanoTime() - from;
      if (counts) {
        millis.add(nanos / 1e6);
        units.add(takeUnits.getAsDouble());
        wheelRequests = takeRequests.getAsLong();
        busRequests = endpoint.requests() - before;
      }
    }
  }
}
