package dev.keepwarm.bench.work;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Credentials that a decryptor compares with the source and vouches for: those of one slot, in one
 * message, with the numbers of 100,000 tenants on 1,024 slots.
 */
final class Checks implements AutoCloseable {
  private static final int SLOTS = 1;

  private static final Map<String, String> SETTINGS =
      Map.of("KEEPWARM_FRESHNESS", "true", "KEEPWARM_SLOTS", Integer.toString(SLOTS));

  private final Composed decryptor;
  private final List<Decryptor.Message> messages;
  private final int tenants;

  /** Seals the tenants, so that afterwards the decryptor only has to compare. */
  Checks(LocalDeployment stack, Originals originals, int tenants) {
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(SETTINGS);
    environment.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    this.tenants = tenants;
    decryptor = new Composed(environment);
    Wheel wheel =
        new DynamoWheel(stack.clients().dynamoDb(), stack.resources().names().wheelTable(), SLOTS);
    DynamoSource source =
        new DynamoSource(stack.clients().dynamoDb(), stack.resources().names().sourceTable());
    List<String> names = Tenants.named("checked", tenants);
    for (String tenant : names) {
      Tenants.rows(originals, tenant).forEach(row -> source.put(row, 0));
      boolean unused = wheel.enrol(tenant);
    }
    messages = List.of(Tenants.due(names));
    decryptor.handle(messages);
    decryptor.expect("Sealed", credentials());
  }

  /** How many credentials a round checks. */
  int credentials() {
    return tenants * Tenants.CREDENTIALS;
  }

  /** Checks all of them once. */
  void run() {
    decryptor.handle(messages);
  }

  /**
   * Checks that the last round did the measured work. One or two tenants may have been sealed
   * again, because each is sealed every twelve hours, at its own time.
   */
  void verify() {
    decryptor.expect("TenantsVouched", tenants - tenants / 20, tenants);
  }

  @Override
  public void close() {
    decryptor.close();
  }
}
