package dev.keepwarm.decryptor.dotnet;

import java.util.Optional;

/** Where the initialization vector comes from. */
enum IvSource implements Word {
  KDF_NEXT_BYTES("kdf-next-bytes"),
  /** The code calls the key derivation for the IV before it does so for the key. */
  KDF_FIRST_BYTES("kdf-first-bytes"),
  /** The first bytes of the key. */
  KEY("key"),
  /** The first bytes of a hash of the passphrase. */
  MD5_OF_PASSPHRASE("md5-of-passphrase"),
  SHA1_OF_PASSPHRASE("sha1-of-passphrase"),
  SHA256_OF_PASSPHRASE("sha256-of-passphrase"),
  /** The first bytes of the salt in front of the value. */
  SALT("salt"),
  PARAMETER("parameter"),
  PREPENDED("prepended"),
  SIMPLE_3DES_CONSTANT("simple3des-constant"),
  NONE("none");

  private final String word;

  IvSource(String word) {
    this.word = word;
  }

  /** Whether the IV comes with the key from one object. */
  boolean isDerived() {
    return this == KDF_NEXT_BYTES || this == KDF_FIRST_BYTES;
  }

  /** The hash of the passphrase from which the IV is made. */
  Optional<Hash> hash() {
    return switch (this) {
      case MD5_OF_PASSPHRASE -> Optional.of(Hash.MD5);
      case SHA1_OF_PASSPHRASE -> Optional.of(Hash.SHA1);
      case SHA256_OF_PASSPHRASE -> Optional.of(Hash.SHA256);
      case KDF_NEXT_BYTES,
          KDF_FIRST_BYTES,
          KEY,
          SALT,
          PARAMETER,
          PREPENDED,
          SIMPLE_3DES_CONSTANT,
          NONE ->
          Optional.empty();
    };
  }

  @Override
  public String word() {
    return word;
  }
}
