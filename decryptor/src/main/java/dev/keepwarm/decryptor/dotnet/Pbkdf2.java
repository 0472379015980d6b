package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * PBKDF2, which {@code Rfc2898DeriveBytes} returns as one continuous stream. The JDK's PBKDF2
 * accepts only texts, but here a password may be any bytes, such as a hash. The JDK's also hashes
 * the key again in each iteration. This class copies the state after the key, which halves the
 * time.
 */
final class Pbkdf2 {

  private static final byte INNER = 0x36;
  private static final byte OUTER = 0x5C;

  /** HMAC's two hashes, each in the state after its part of the key. */
  private final MessageDigest inner;

  private final MessageDigest outer;

  private Pbkdf2(Hash hash, byte[] password) {
    byte[] key =
        Arrays.copyOf(
            password.length > hash.blockBytes() ? hash.of(password) : password, hash.blockBytes());
    inner = keyed(hash, key, INNER);
    outer = keyed(hash, key, OUTER);
    Arrays.fill(key, (byte) 0);
  }

  /** The first {@code length} bytes for any password bytes. */
  static byte[] derive(Hash hash, byte[] password, byte[] salt, int iterations, int length) {
    try {
      return new Pbkdf2(hash, password).stream(hash, salt, iterations, length);
    } catch (CloneNotSupportedException | DigestException e) {
      throw new IllegalStateException("this JDK cannot copy the state of " + hash.word(), e);
    }
  }

  private byte[] stream(Hash hash, byte[] salt, int iterations, int length)
      throws CloneNotSupportedException, DigestException {
    byte[] stream = new byte[length];
    byte[] mac = new byte[hash.lengthBytes()];
    byte[] block = new byte[hash.lengthBytes()];
    int number = 0;
    for (int at = 0; at < length; at += block.length) {
      number++;
      byte[] first =
          ByteBuffer.allocate(salt.length + Integer.BYTES).put(salt).putInt(number).array();
      mac(first, mac);
      System.arraycopy(mac, 0, block, 0, block.length);
      for (int i = 1; i < iterations; i++) {
        mac(mac, mac);
        for (int j = 0; j < block.length; j++) {
          block[j] ^= mac[j];
        }
      }
      System.arraycopy(block, 0, stream, at, Math.min(block.length, length - at));
    }
    Arrays.fill(mac, (byte) 0);
    Arrays.fill(block, (byte) 0);
    return stream;
  }

  /** Writes the HMAC of {@code message} to {@code to}, which may be the same array. */
  private void mac(byte[] message, byte[] to) throws CloneNotSupportedException, DigestException {
    MessageDigest digest = (MessageDigest) inner.clone();
    digest.update(message);
    digest.digest(to, 0, to.length);
    digest = (MessageDigest) outer.clone();
    digest.update(to);
    digest.digest(to, 0, to.length);
  }

  private static MessageDigest keyed(Hash hash, byte[] key, byte pad) {
    byte[] padded = new byte[key.length];
    for (int i = 0; i < key.length; i++) {
      padded[i] = (byte) (key[i] ^ pad);
    }
    MessageDigest digest = hash.start();
    digest.update(padded);
    Arrays.fill(padded, (byte) 0);
    return digest;
  }
}
