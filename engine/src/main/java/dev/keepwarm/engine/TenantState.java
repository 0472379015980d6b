package dev.keepwarm.engine;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The state of one tenant at a source, as far as it is compared. Immutable. {@code toString} does
 * not reveal any ciphertext.
 *
 * <p>The source decides how much is compared ({@link Source#depth}). A comparison of names and
 * versions only does not detect an original that was replaced without a new version.
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

  /** The state that these rows form. They must be all rows of a tenant as of one moment. */
  public static TenantState of(Collection<? extends SourceRow> all, Depth depth) {
    TenantState state = new TenantState(depth);
    for (SourceRow row : all) {
      state.rows.put(row.id().name(), state.hash(row));
    }
    return state;
  }

  /**
   * A state at the depth of {@link Depth#VERSIONS}.
   *
   * @param versions the versions by name, of all of a tenant's rows as of one moment; null if a row
   *     has none, or if a name has several rows
   */
  public static TenantState ofVersions(Map<String, @Nullable Long> versions) {
    TenantState state = new TenantState(Depth.VERSIONS);
    versions.forEach((name, version) -> state.rows.put(name, hash(version)));
    return state;
  }

  /** How many credentials it has. */
  public int size() {
    return rows.size();
  }

  /** A digest that is equal for equal states only; the order of the rows does not matter. */
  public SdkBytes digest() {
    Digest digest = new Digest("keepwarm/state/1").add(depth.name()).add(rows.size());
    rows.forEach((name, hash) -> digest.add(name).add(hash));
    return SdkBytes.fromByteArrayUnsafe(digest.end());
  }

  private byte[] hash(SourceRow row) {
    return switch (row) {
      case SourceRow.Original original ->
          depth == Depth.VERSIONS
              ? hash(original.version())
              : new Digest("original")
                  .add(original.version())
                  .add(original.profile())
                  .add(original.ciphertext())
                  .end();
      case SourceRow.Unusable unusable ->
          // At this depth, the original is not read, so an unusable row looks like any other.
          depth == Depth.VERSIONS
              ? hash(unusable.version())
              : new Digest("unusable").add(unusable.version()).add(unusable.failure()).end();
    };
  }

  private static byte[] hash(@Nullable Long version) {
    return new Digest("version").add(version).end();
  }

  /** The number of credentials and the depth at which they were read. */
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
