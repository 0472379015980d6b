package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * What a source has of one tenant, as far as anybody compares it. Immutable; prints no ciphertext.
 *
 * <p>How much of it is compared is the source's: whoever can ask for names and versions only does
 * not notice an original that was replaced under its old version.
 */
public final class TenantState {
  /** How much of a row is compared. */
  public enum Depth {
    /** Names and versions. */
    VERSIONS,
    /** Names, versions, profiles, and the originals themselves. */
    ORIGINALS
  }

  private final SortedMap<String, byte[]> rows = new TreeMap<>();
  private final Depth depth;

  private TenantState(Depth depth) {
    this.depth = depth;
  }

  /** The state that these rows are: all of a tenant's, as of one moment. */
  public static TenantState of(Collection<? extends SourceRow> all, Depth depth) {
    TenantState state = new TenantState(depth);
    for (SourceRow row : all) {
      state.rows.put(row.id().name(), state.hash(row));
    }
    return state;
  }

  /** How many credentials it has. */
  public int size() {
    return rows.size();
  }

  /** The same for the same state, and for no other one, whatever the order of the rows. */
  public SdkBytes digest() {
    Digest digest = new Digest("keepwarm/state/1").add(depth.name()).add(rows.size());
    rows.forEach((name, hash) -> digest.add(name).add(hash));
    return SdkBytes.fromByteArrayUnsafe(digest.end());
  }

  private byte[] hash(SourceRow row) {
    return switch (row) {
      case SourceRow.Original original -> {
        Digest digest = new Digest("original").add(original.version());
        if (depth == Depth.ORIGINALS) {
          digest.add(original.profile()).add(original.ciphertext());
        }
        yield digest.end();
      }
      case SourceRow.Unusable unusable ->
          new Digest("unusable").add(unusable.version()).add(unusable.failure()).end();
    };
  }

  /** How many credentials it has, and at what depth it was read. */
  @Override
  public String toString() {
    return "TenantState[" + rows.size() + " rows, " + depth + "]";
  }

  /** SHA-256 of fields that cannot run into one another. */
  private static final class Digest {
    private final MessageDigest sha256;

    Digest(String label) {
      try {
        sha256 = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
      Digest unused = add(label);
    }

    Digest add(String text) {
      return add(text.getBytes(StandardCharsets.UTF_8));
    }

    Digest add(@Nullable Long number) {
      return add(number == null ? "-" : number.toString());
    }

    Digest add(int number) {
      return add(Integer.toString(number));
    }

    Digest add(byte[] bytes) {
      sha256.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
      sha256.update(bytes);
      return this;
    }

    byte[] end() {
      return sha256.digest();
    }
  }
}
