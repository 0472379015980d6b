package dev.keepwarm.core.internal;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import software.amazon.awssdk.core.SdkBytes;

/** Ed25519 with keys of 32 bytes, as RFC 8032 defines them. */
final class Ed25519 {
  static final String NAME = "Ed25519";
  static final int SIGNATURE_LENGTH = 64;

  /** The DER prefix of a public key, before its 32 bytes. */
  private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private Ed25519() {}

  /** Whether {@code signature} is valid for {@code message}; false if the key is not valid. */
  static boolean verifies(SdkBytes publicKey, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(NAME);
      verifier.initVerify(key(publicKey.asByteArrayUnsafe()));
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** The 32 bytes of a public key. */
  static SdkBytes raw(PublicKey key) {
    byte[] der = key.getEncoded();
    byte[] raw = new byte[Vouching.KEY_LENGTH];
    System.arraycopy(der, der.length - raw.length, raw, 0, raw.length);
    return SdkBytes.fromByteArrayUnsafe(raw);
  }

  private static PublicKey key(byte[] raw) throws GeneralSecurityException {
    byte[] der = new byte[PREFIX.length + raw.length];
    System.arraycopy(PREFIX, 0, der, 0, PREFIX.length);
    System.arraycopy(raw, 0, der, PREFIX.length, raw.length);
    return KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(der));
  }
}
