package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.TenantCredentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * An attacker can write to the cache table. Whatever is changed in an entry, a reader returns an
 * error or the source's value, and never another one.
 */
@ExtendWith(EndpointsExtension.class)
class TamperingIT {
  private static final String DAY = Long.toString(Duration.ofDays(1).toMillis());

  private static EndpointWorld world;
  private static CredentialId id;
  private static Map<String, AttributeValue> untouched;

  @BeforeAll
  static void start(Endpoints endpoints) {
    world = EndpointWorld.on(endpoints);
    id = EndpointWorld.newId("payroll");
    world.warm(id, "the true value", 7);
    world.awaitQuiet();
    untouched = world.item(id);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @BeforeEach
  void restore() {
    world.plant(untouched);
  }

  /** The possible answers of a reader. */
  private enum Answer {
    /** An error, without any further attempt. */
    TAMPERED,
    /** A miss: the decryptor reads the source and makes a new entry. */
    RESOLVED,
    /** The value: the change does not affect it. */
    UNMOVED
  }

  private record Change(
      String attribute, String how, UnaryOperator<AttributeValue> to, Answer answer) {
    @Override
    public String toString() {
      return attribute + " " + how;
    }
  }

  static List<Change> changes() {
    List<Change> changes = new ArrayList<>();
    changes.add(set("state", AttributeValue.fromS("INVALID"), Answer.RESOLVED));
    changes.add(set("state", AttributeValue.fromS("FAILED"), Answer.TAMPERED));
    changes.add(set("state", AttributeValue.fromS("OTHER"), Answer.TAMPERED));
    changes.add(removed("state", Answer.TAMPERED));
    changes.add(set("fence", AttributeValue.fromN("5"), Answer.UNMOVED));
    changes.add(set("fence", AttributeValue.fromN("-1"), Answer.TAMPERED));
    changes.add(removed("fence", Answer.UNMOVED));
    changes.add(set("version", AttributeValue.fromN("6"), Answer.TAMPERED));
    changes.add(set("version", AttributeValue.fromN("8"), Answer.TAMPERED));
    changes.add(removed("version", Answer.TAMPERED));
    changes.add(flipped("sealed", "format byte", 0));
    changes.add(flipped("sealed", "nonce", 1));
    changes.add(flipped("sealed", "ciphertext", 13));
    changes.add(flipped("sealed", "tag", -1));
    changes.add(set("sealed", bytes(new byte[0]), Answer.TAMPERED));
    changes.add(set("sealed", AttributeValue.fromS("text"), Answer.TAMPERED));
    changes.add(removed("sealed", Answer.TAMPERED));
    changes.add(flipped("dataKey", "last byte", -1));
    changes.add(removed("dataKey", Answer.TAMPERED));
    changes.add(added("dataKeyCreatedAt", DAY, Answer.UNMOVED));
    changes.add(removed("dataKeyCreatedAt", Answer.TAMPERED));
    changes.add(added("sealedAt", "1", Answer.TAMPERED));
    changes.add(removed("sealedAt", Answer.TAMPERED));
    changes.add(added("softExpiresAt", DAY, Answer.TAMPERED));
    changes.add(removed("softExpiresAt", Answer.TAMPERED));
    changes.add(added("hardExpiresAt", DAY, Answer.TAMPERED));
    changes.add(added("hardExpiresAt", "-1", Answer.TAMPERED));
    changes.add(added("hardExpiresAt", "-" + DAY, Answer.RESOLVED));
    changes.add(removed("hardExpiresAt", Answer.TAMPERED));
    changes.add(set("siblings", AttributeValue.fromN("9"), Answer.UNMOVED));
    changes.add(removed("siblings", Answer.TAMPERED));
    changes.add(added("ttl", DAY, Answer.UNMOVED));
    changes.add(removed("ttl", Answer.UNMOVED));
    changes.add(set("failure", AttributeValue.fromS("NOT_FOUND"), Answer.UNMOVED));
    changes.add(set("retryAt", AttributeValue.fromN("1"), Answer.UNMOVED));
    changes.add(added("asOf", DAY, Answer.UNMOVED));
    changes.add(set("asOf", AttributeValue.fromS("now"), Answer.TAMPERED));
    changes.add(removed("asOf", Answer.UNMOVED));
    changes.add(set("event", AttributeValue.fromN("1"), Answer.TAMPERED));
    changes.add(set("newSince", AttributeValue.fromN("-1"), Answer.TAMPERED));
    changes.add(set("announced", AttributeValue.fromN("9"), Answer.TAMPERED));
    changes.add(set("clearedAt", AttributeValue.fromS("now"), Answer.TAMPERED));
    changes.add(set("fillingBy", AttributeValue.fromS("somebody"), Answer.TAMPERED));
    return changes;
  }

  @ParameterizedTest
  @MethodSource("changes")
  void noChangeOfAnAttributeMakesAnotherValueReadable(Change change) {
    Map<String, AttributeValue> item = new HashMap<>(untouched);
    AttributeValue changed = change.to().apply(item.get(change.attribute()));
    if (changed == null) {
      item.remove(change.attribute());
    } else {
      item.put(change.attribute(), changed);
    }
    world.plant(item);

    try (KeepwarmReader reader = world.readerWith(Duration.ZERO).build()) {
      if (change.answer() == Answer.TAMPERED) {
        assertThat(EndpointWorld.refusal(reader, id).code()).isEqualTo(ErrorCode.TAMPERED);
        assertThat(reader.stats().tampered()).isEqualTo(1);
      } else {
        assertThat(reader.get(id).text()).isEqualTo("the true value");
      }
      assertThat(reader.stats().resolves()).isEqualTo(change.answer() == Answer.RESOLVED ? 1 : 0);
    }
  }

  @Test
  void everyAttributeOfAnEntryIsAmongTheChanges() {
    Set<String> attributes = new TreeSet<>(untouched.keySet());
    attributes.removeAll(List.of("tenant", "name"));

    assertThat(changes()).extracting(Change::attribute).containsAll(attributes);
  }

  @Test
  void anEntryMovedToAnotherNameDoesNotUnseal() {
    CredentialId other = EndpointWorld.sibling(id, "other");

    plantAt(other, untouched);

    try {
      assertThat(world.refusal(other).code()).isEqualTo(ErrorCode.TAMPERED);
      TenantCredentials all = world.reader().getAll(id.tenant());
      assertThat(all.get("payroll").text()).isEqualTo("the true value");
      assertThat(all.failures()).containsExactly(Map.entry("other", ErrorCode.TAMPERED));
    } finally {
      world.dropEntry(other);
    }
  }

  @Test
  void entriesSwappedBetweenTenantsDoNotUnseal() {
    CredentialId other = EndpointWorld.newId(id.name());
    world.warm(other, "the other tenant's value", 7);

    plantAt(id, world.item(other));
    plantAt(other, untouched);

    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.TAMPERED);
    assertThat(world.refusal(other).code()).isEqualTo(ErrorCode.TAMPERED);
  }

  @Test
  void anEnvelopeUnderAnotherTenantsDataKeyDoesNotUnseal() {
    CredentialId other = EndpointWorld.newId(id.name());
    world.warm(other, "the other tenant's value", 7);
    Map<String, AttributeValue> item = new HashMap<>(untouched);
    item.put("dataKey", world.item(other).get("dataKey"));

    world.plant(item);

    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.TAMPERED);
  }

  @Test
  void whatWasTamperedWithIsMadeAnewByAnInvalidation() {
    Map<String, AttributeValue> item = new HashMap<>(untouched);
    item.put("version", AttributeValue.fromN("8"));
    world.plant(item);
    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.TAMPERED);

    world.reader().invalidate(id);

    world.awaitReady(id, 7);
    assertThat(world.read(id)).isEqualTo("the true value");
  }

  private static void plantAt(CredentialId at, Map<String, AttributeValue> item) {
    Map<String, AttributeValue> moved = new HashMap<>(item);
    moved.put("tenant", AttributeValue.fromS(at.tenant()));
    moved.put("name", AttributeValue.fromS(at.name()));
    world.plant(moved);
  }

  private static Change set(String attribute, AttributeValue value, Answer answer) {
    return new Change(attribute, "is " + value, old -> value, answer);
  }

  private static Change removed(String attribute, Answer answer) {
    return new Change(attribute, "is removed", old -> null, answer);
  }

  private static Change added(String attribute, String number, Answer answer) {
    return new Change(
        attribute,
        "plus " + number,
        old ->
            AttributeValue.fromN(Long.toString(Long.parseLong(old.n()) + Long.parseLong(number))),
        answer);
  }

  /** Flips one bit of a byte; counts from the end if {@code index} is negative. */
  private static Change flipped(String attribute, String what, int index) {
    return new Change(
        attribute,
        "has another " + what,
        old -> {
          byte[] bytes = old.b().asByteArray();
          bytes[Math.floorMod(index, bytes.length)] ^= 1;
          return bytes(bytes);
        },
        Answer.TAMPERED);
  }

  private static AttributeValue bytes(byte[] bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArray(bytes));
  }
}
