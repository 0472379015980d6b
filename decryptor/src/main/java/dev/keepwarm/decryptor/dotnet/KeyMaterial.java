package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;

/**
 * The keys derived from a secret. Each copy has to be closed by its user, which wipes it.
 *
 * @param iv empty unless the key derivation gives it
 * @param macKey empty if there is no MAC
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record KeyMaterial(byte[] key, byte[] iv, byte[] macKey) implements AutoCloseable {

  KeyMaterial copy() {
    return new KeyMaterial(key.clone(), iv.clone(), macKey.clone());
  }

  /** Wipes the keys. */
  @Override
  public void close() {
    Arrays.fill(key, (byte) 0);
    Arrays.fill(iv, (byte) 0);
    Arrays.fill(macKey, (byte) 0);
  }

  @Override
  public String toString() {
    return "KeyMaterial[redacted]";
  }
}
