package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A signed list of the tenants of one slot whose sealed state is still the source's state. The
 * decryptor signs it after it has compared the slot's tenants with the source. Immutable and
 * thread-safe.
 *
 * <p>It is a positive list. It leaves out tenants that could not be checked, have changed, have
 * left the wheel or are new. {@code docs/wire-format.md} describes its bytes. Parsing is strict, so
 * that every content has exactly one form. A record counts only if {@link #isSignedBy} holds.
 */
public final class FreshnessRecord {
  /** The attribute of a record's item that holds its bytes. */
  public static final String RECORD = "record";

  /** A copy of {@link #checkedAt}, for people: no code reads it, and no condition uses it. */
  public static final String CHECKED_AT = "checkedAt";

  /** The RANGE key of all records. */
  public static final String KEY_NAME = "#fresh";

  /** How many ids a record may name. */
  public static final int MAX_IDS = 16_384;

  /** How many keys may sign a record. Normally one does, and two while the key is replaced. */
  public static final int MAX_SIGNATURES = 4;

  /** Means "no probe" in {@link #sign}. */
  public static final Long NO_PROBE = -1L;

  private static final byte FORMAT = 1;
  private static final int ID = Vouching.ID_LENGTH;
  private static final byte[] LABEL = "keepwarm/fresh/1".getBytes(StandardCharsets.US_ASCII);

  private final SdkBytes bytes;
  private final byte[] body;
  private final long checkedAt;
  private final long freshUntil;
  private final byte[] ids;
  private final Map<Integer, Long> probes;
  private final Map<SdkBytes, byte[]> signatures;

  /** Results by signer, kept because verifying takes longer than all other steps. */
  private final Map<SdkBytes, Boolean> verified = new ConcurrentHashMap<>();

  private FreshnessRecord(
      SdkBytes bytes,
      byte[] body,
      long checkedAt,
      long freshUntil,
      byte[] ids,
      Map<Integer, Long> probes,
      Map<SdkBytes, byte[]> signatures) {
    this.bytes = bytes;
    this.body = body;
    this.checkedAt = checkedAt;
    this.freshUntil = freshUntil;
    this.ids = ids;
    this.probes = probes;
    this.signatures = signatures;
  }

  /** The key of a slot's record. No credential can have it. */
  public static Map<String, AttributeValue> key(int slot) {
    return Map.of(
        EntrySchema.TENANT, AttributeValue.fromS("#" + slot),
        EntrySchema.NAME, AttributeValue.fromS(KEY_NAME));
  }

  /** Whether an item of the cache table is a record, by its key. */
  public static boolean isRecord(Map<String, AttributeValue> item) {
    String tenant = Attributes.text(item, EntrySchema.TENANT);
    return tenant != null && tenant.startsWith("#");
  }

  /**
   * The bytes in a record's item; null if there is no item.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if the item has no bytes
   */
  public static @Nullable SdkBytes bytesOf(Map<String, AttributeValue> item) {
    if (item.isEmpty()) {
      return null;
    }
    SdkBytes bytes = Attributes.bytes(item, RECORD);
    if (bytes == null) {
      throw malformed("its bytes are missing");
    }
    return bytes;
  }

  /**
   * Signs a record.
   *
   * @param slot whose record it is
   * @param checkedAt a time before the first of the comparisons, in ms since the epoch
   * @param freshUntil until when it vouches
   * @param named the ids for which it vouches, at most {@link #MAX_IDS}. If readers are to report
   *     the use of a tenant, its id has the time since which no reader has; otherwise {@link
   *     #NO_PROBE}
   * @param signers at least one, at most {@link #MAX_SIGNATURES}
   * @throws IllegalArgumentException if {@link #parse} would refuse it
   */
  public static SdkBytes sign(
      int slot,
      long checkedAt,
      long freshUntil,
      Map<SdkBytes, Long> named,
      List<SigningKey> signers) {
    NavigableMap<SdkBytes, Long> sorted = new TreeMap<>(FreshnessRecord::compare);
    sorted.putAll(named);
    Map<Integer, Long> probes = new LinkedHashMap<>();
    int index = 0;
    for (Long probe : sorted.values()) {
      if (probe >= 0) {
        probes.put(index, probe);
      }
      index++;
    }
    ByteBuffer out =
        ByteBuffer.allocate(1 + 4 + 8 + 8 + 4 + ID * sorted.size() + 4 + 12 * probes.size());
    out.put(FORMAT).putInt(slot).putLong(checkedAt).putLong(freshUntil);
    out.putInt(sorted.size());
    sorted.keySet().forEach(id -> out.put(id.asByteArrayUnsafe()));
    out.putInt(probes.size());
    probes.forEach((at, since) -> out.putInt(at).putLong(since));
    byte[] body = out.array();
    ByteBuffer all =
        ByteBuffer.allocate(
            body.length + 1 + signers.size() * (Vouching.KEY_LENGTH + Ed25519.SIGNATURE_LENGTH));
    all.put(body).put((byte) signers.size());
    for (SigningKey signer : signers) {
      all.put(signer.publicKey().asByteArrayUnsafe()).put(signer.sign(message(body)));
    }
    SdkBytes bytes = SdkBytes.fromByteArrayUnsafe(all.array());
    try {
      FreshnessRecord unused = parse(bytes, slot);
    } catch (KeepwarmException e) {
      throw new IllegalArgumentException("the record would be malformed", e);
    }
    return bytes;
  }

  /**
   * Reads a record.
   *
   * @param slot the slot that was asked for
   * @return null if its format is unknown: a newer Keepwarm may have written it
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if it is malformed or belongs to another
   *     slot. A record without such an error may still be forged: see {@link #isSignedBy}
   */
  public static @Nullable FreshnessRecord parse(SdkBytes bytes, int slot) {
    ByteBuffer in = bytes.asByteBuffer();
    if (in.remaining() > 0 && in.get() != FORMAT) {
      return null;
    }
    need(in, 4 + 8 + 8 + 4);
    int itsSlot = in.getInt();
    long checkedAt = in.getLong();
    long freshUntil = in.getLong();
    if (itsSlot != slot) {
      throw malformed("it belongs to slot " + itsSlot);
    }
    if (checkedAt < 0 || freshUntil <= checkedAt || freshUntil > Versions.MAX) {
      throw malformed("its times are out of range");
    }
    int count = count(in, MAX_IDS);
    byte[] ids = next(in, ID * count);
    for (int i = 1; i < count; i++) {
      if (compareAt(ids, i - 1, ids, i) >= 0) {
        throw malformed("its ids are not in ascending order");
      }
    }
    Map<Integer, Long> probes = probes(in, count);
    byte[] body = Arrays.copyOf(bytes.asByteArrayUnsafe(), in.position());
    Map<SdkBytes, byte[]> signatures = signatures(in);
    return new FreshnessRecord(
        bytes, body, checkedAt, freshUntil, ids, probes, Collections.unmodifiableMap(signatures));
  }

  private static Map<Integer, Long> probes(ByteBuffer in, int ids) {
    need(in, 4);
    int count = count(in, ids);
    Map<Integer, Long> probes = new LinkedHashMap<>();
    int last = -1;
    need(in, 12 * count);
    for (int i = 0; i < count; i++) {
      int index = in.getInt();
      long since = in.getLong();
      if (index <= last || index >= ids || since < 0 || since > Versions.MAX) {
        throw malformed("its probes are out of range or not in ascending order");
      }
      probes.put(index, since);
      last = index;
    }
    return probes;
  }

  private static Map<SdkBytes, byte[]> signatures(ByteBuffer in) {
    need(in, 1);
    int count = in.get();
    if (count < 1
        || count > MAX_SIGNATURES
        || in.remaining() != count * (Vouching.KEY_LENGTH + Ed25519.SIGNATURE_LENGTH)) {
      throw malformed("its signatures have a wrong number or length");
    }
    Map<SdkBytes, byte[]> signatures = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      SdkBytes signer = SdkBytes.fromByteArrayUnsafe(next(in, Vouching.KEY_LENGTH));
      if (signatures.put(signer, next(in, Ed25519.SIGNATURE_LENGTH)) != null) {
        throw malformed("it has two signatures by the same key");
      }
    }
    return signatures;
  }

  /** Whether that key has signed it. The first call for a key takes a tenth of a millisecond. */
  public boolean isSignedBy(SdkBytes publicKey) {
    byte[] signature = signatures.get(publicKey);
    return signature != null
        && verified.computeIfAbsent(
            publicKey, key -> Ed25519.verifies(key, message(body), signature));
  }

  /** Whether it claims to be signed by that key, rightly or not. */
  public boolean namesSigner(SdkBytes publicKey) {
    return signatures.containsKey(publicKey);
  }

  /** All ids, each with its probe or {@link #NO_PROBE}, as {@link #sign} takes them. */
  public Map<SdkBytes, Long> named() {
    Map<SdkBytes, Long> named = new LinkedHashMap<>();
    for (int i = 0; i < ids.length / ID; i++) {
      SdkBytes id = SdkBytes.fromByteArray(Arrays.copyOfRange(ids, i * ID, (i + 1) * ID));
      named.put(id, probes.getOrDefault(i, NO_PROBE));
    }
    return named;
  }

  /** Whether it vouches for that id. */
  public boolean names(SdkBytes id) {
    return indexOf(id) >= 0;
  }

  /** The time since which no reader has reported use; null if readers need not report it. */
  public @Nullable Long probe(SdkBytes id) {
    return probes.get(indexOf(id));
  }

  /** A time before the first comparison, in ms since the epoch. */
  public long checkedAt() {
    return checkedAt;
  }

  /** Until when it vouches, in ms since the epoch. */
  public long freshUntil() {
    return freshUntil;
  }

  /** How many bytes it has. */
  public int size() {
    return bytes.asByteArrayUnsafe().length;
  }

  /** Whether it is the same record, byte for byte. */
  public boolean isSameAs(FreshnessRecord other) {
    return bytes.equals(other.bytes);
  }

  private int indexOf(SdkBytes id) {
    byte[] wanted = id.asByteArrayUnsafe();
    int low = 0;
    int high = ids.length / ID - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = compareAt(ids, middle, wanted, 0);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  private static int compare(SdkBytes one, SdkBytes other) {
    return compareAt(one.asByteArrayUnsafe(), 0, other.asByteArrayUnsafe(), 0);
  }

  private static int compareAt(byte[] one, int oneIndex, byte[] other, int otherIndex) {
    return Arrays.compareUnsigned(
        one, ID * oneIndex, ID * oneIndex + ID, other, ID * otherIndex, ID * otherIndex + ID);
  }

  private static byte[] message(byte[] body) {
    byte[] message = Arrays.copyOf(LABEL, LABEL.length + body.length);
    System.arraycopy(body, 0, message, LABEL.length, body.length);
    return message;
  }

  private static int count(ByteBuffer in, int most) {
    int count = in.getInt();
    if (count < 0 || count > most) {
      throw malformed("it has " + count + " elements in a list; the limit is " + most);
    }
    return count;
  }

  private static byte[] next(ByteBuffer in, int length) {
    need(in, length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static void need(ByteBuffer in, int length) {
    if (in.remaining() < length) {
      throw malformed("it is too short");
    }
  }

  private static KeepwarmException malformed(String why) {
    return new KeepwarmException(
        ErrorCode.TAMPERED, "a freshness record of the cache table is malformed: " + why);
  }
}
