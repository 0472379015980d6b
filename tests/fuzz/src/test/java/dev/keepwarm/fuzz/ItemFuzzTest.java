package dev.keepwarm.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Items of the cache table that are close to entries. The result is an entry whose parts fit its
 * state, or {@code TAMPERED}. An entry that is written again is read as the same entry.
 */
class ItemFuzzTest {
  private static final List<String> NAMES =
      List.of(
          "tenant",
          "name",
          "state",
          "fence",
          "version",
          "sealed",
          "dataKey",
          "dataKeyCreatedAt",
          "sealedAt",
          "softExpiresAt",
          "hardExpiresAt",
          "failure",
          "retryAt",
          "revoked",
          "revokedAt",
          "siblings",
          "fillingBy",
          "fillingUntil",
          "ttl",
          "unknown");

  private static final List<String> STATES = List.of("READY", "FAILED", "INVALID", "ready", "");

  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void isRead(FuzzedDataProvider data) {
    Map<String, AttributeValue> item = usual(data);
    for (int changes = data.consumeInt(0, 4); changes > 0; changes--) {
      String name = NAMES.get(data.consumeInt(0, NAMES.size() - 1));
      if (data.consumeInt(0, 3) == 0) {
        item.remove(name);
      } else {
        item.put(name, value(data));
      }
    }
    Entry entry;
    try {
      entry = EntrySchema.fromItem(item);
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw new AssertionError("an unexpected code", e);
      }
      return;
    }
    boolean fits =
        (entry.state() == EntryState.READY) == (entry.sealed() != null)
            && (entry.state() == EntryState.FAILED) == (entry.failure() != null)
            && (!entry.isWarm(data.consumeLong()) || entry.sealed() != null);
    if (!fits || !EntrySchema.fromItem(EntrySchema.toItem(entry)).equals(entry)) {
      throw new AssertionError("not the same when it is written and read: " + entry);
    }
  }

  /** An entry of some state, with the fuzzer's numbers. */
  private static Map<String, AttributeValue> usual(FuzzedDataProvider data) {
    Map<String, AttributeValue> item = new HashMap<>();
    item.put("tenant", AttributeValue.fromS("acme"));
    item.put("name", AttributeValue.fromS("bank"));
    item.put("state", AttributeValue.fromS(STATES.get(data.consumeInt(0, STATES.size() - 1))));
    item.put("failure", AttributeValue.fromS("BAD_PADDING"));
    item.put("sealed", bytes(new byte[29 + data.consumeInt(0, 3)]));
    item.put("dataKey", bytes(new byte[1 + data.consumeInt(0, 3)]));
    for (String name : NAMES.subList(12, 19)) {
      if (data.consumeBoolean()) {
        item.put(name, number(data));
      }
    }
    for (String name :
        List.of(
            "fence",
            "version",
            "dataKeyCreatedAt",
            "sealedAt",
            "softExpiresAt",
            "hardExpiresAt",
            "retryAt",
            "siblings")) {
      item.put(name, number(data));
    }
    item.computeIfPresent("fillingBy", (name, value) -> AttributeValue.fromS("somebody"));
    return item;
  }

  private static AttributeValue number(FuzzedDataProvider data) {
    return AttributeValue.fromN(Long.toString(data.consumeLong(0, Integer.MAX_VALUE)));
  }

  private static AttributeValue value(FuzzedDataProvider data) {
    return switch (data.consumeInt(0, 8)) {
      case 0 -> AttributeValue.fromS(data.consumeString(130));
      case 1 -> AttributeValue.fromN(data.consumeString(20));
      case 2 -> AttributeValue.fromN(Long.toString(data.consumeLong()));
      case 3 -> bytes(data.consumeBytes(40));
      case 4 -> bytes(new byte[data.consumeInt(0, 70_000)]);
      case 5 -> AttributeValue.fromNul(true);
      case 6 -> AttributeValue.fromBool(data.consumeBoolean());
      case 7 -> AttributeValue.fromL(List.of());
      default -> AttributeValue.builder().build();
    };
  }

  private static AttributeValue bytes(byte[] bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArray(bytes));
  }
}
