package dev.keepwarm.decryptor;

import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Versions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Makes items that Keepwarm never makes. */
final class Tampering {
  private Tampering() {}

  /** Removes the hard expiry of a sealed entry. */
  static void removeHardExpiry(DecryptorWorld world, String name) {
    Map<String, AttributeValue> item =
        new HashMap<>(Objects.requireNonNull(world.cache.item(DecryptorWorld.id(name))));
    if (item.remove("hardExpiresAt") == null) {
      throw new IllegalStateException("not a sealed entry");
    }
    world.cache.plant(item);
  }

  /** Sets the fence of an entry to the greatest possible value. */
  static void raiseFenceToTheGreatest(DecryptorWorld world, String name) {
    Map<String, AttributeValue> item =
        new HashMap<>(Objects.requireNonNull(world.cache.item(DecryptorWorld.id(name))));
    item.put("fence", AttributeValue.fromN(Long.toString(Versions.MAX)));
    world.cache.plant(item);
  }

  /** Writes a malformed item. */
  static void plantNonsense(DecryptorWorld world, String name) {
    world.cache.plant(
        Map.of(
            EntrySchema.TENANT,
            AttributeValue.fromS(DecryptorWorld.TENANT),
            EntrySchema.NAME,
            AttributeValue.fromS(name),
            "state",
            AttributeValue.fromS("SHINY")));
  }
}
