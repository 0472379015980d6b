package dev.keepwarm.bench.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.SealedCredential;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Unsealing a credential of 256 bytes, compared with the JDK alone for the same bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
public class Unseal {
  private static final int BYTES = 256;

  private CredentialId id;
  private SealedCredential sealed;
  private DataKey dataKey;
  private byte[] envelope;
  private byte[] authenticated;
  private SecretKey key;
  private Cipher reused;

  /** Seals one credential, and checks that the JDK opens it. */
  @Setup
  public void setUp() throws GeneralSecurityException {
    id = new CredentialId("tenant-1", "payroll-api");
    MemoryEntries entries = new MemoryEntries(List.of(id), BYTES);
    Entry entry = Objects.requireNonNull(entries.read(id));
    sealed = Objects.requireNonNull(entry.sealed());
    dataKey = entries.unwrap(id.tenant(), sealed.dataKey(), sealed.dataKeyCreatedAt());
    envelope = sealed.envelope().asByteArray();
    authenticated =
        WireFormat.authenticated(
            id.tenant(),
            id.name(),
            sealed.version(),
            sealed.sealedAt(),
            sealed.softExpiresAt(),
            sealed.hardExpiresAt());
    key = new SecretKeySpec(entries.keyBytes(), "AES");
    reused = Cipher.getInstance(WireFormat.CIPHER);
    if (newCipher().length != BYTES) {
      throw new IllegalStateException("the JDK opens something else");
    }
  }

  /** The reader's code. */
  @Benchmark
  public byte[] unseal() {
    return Envelope.unseal(dataKey, id, sealed);
  }

  /** The floor: the JDK alone, with prepared authenticated data. */
  @Benchmark
  public byte[] newCipher() throws GeneralSecurityException {
    return WireFormat.decrypt(Cipher.getInstance(WireFormat.CIPHER), key, envelope, authenticated);
  }

  /** The JDK alone with one reused cipher, which is possible in a single thread. */
  @Benchmark
  public byte[] reusedCipher() throws GeneralSecurityException {
    return WireFormat.decrypt(reused, key, envelope, authenticated);
  }
}
