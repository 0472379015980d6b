package dev.keepwarm.core.internal;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The key that signs freshness records. It is derived from a secret seed of 32 bytes. Immutable and
 * thread-safe. {@code toString} does not reveal the secret.
 */
public final class SigningKey {
  /** How many bytes a seed has. */
  public static final int SEED_LENGTH = 32;

  private final KeyPair pair;
  private final SdkBytes publicKey;

  private SigningKey(KeyPair pair) {
    this.pair = pair;
    this.publicKey = Ed25519.raw(pair.getPublic());
  }

  /**
   * The key of a seed.
   *
   * @param seed {@value #SEED_LENGTH} secret bytes; not changed, not kept
   */
  public static SigningKey of(byte[] seed) {
    if (seed.length != SEED_LENGTH) {
      throw new IllegalArgumentException(
          "a seed must have " + SEED_LENGTH + " bytes, not " + seed.length);
    }
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(Ed25519.NAME);
      // Java has no other way to derive the public key from a private one.
      generator.initialize(NamedParameterSpec.ED25519, new Fixed(seed));
      return new SigningKey(generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 is not available", e);
    }
  }

  /** The 32 bytes that readers check signatures with. */
  public SdkBytes publicKey() {
    return publicKey;
  }

  /** The signature of a message, 64 bytes. */
  byte[] sign(byte[] message) {
    try {
      Signature signer = Signature.getInstance(Ed25519.NAME);
      signer.initSign(pair.getPrivate());
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 is not available", e);
    }
  }

  @Override
  public String toString() {
    return "SigningKey[redacted]";
  }

  /** Returns the seed instead of random bytes. */
  private static final class Fixed extends SecureRandom {
    private static final long serialVersionUID = 1;

    private final transient byte[] seed;

    Fixed(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }
}
