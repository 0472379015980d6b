package dev.keepwarm.decryptor.dotnet;

/** Where the key of the HMAC-SHA256 comes from. */
enum MacKeySource implements Word {
  SAME_AS_ENCRYPTION_KEY("same-as-encryption-key"),
  SHA256_OF_MAC_PASSPHRASE("sha256-of-macPassphrase"),
  LAST_32_BYTES_OF_SHA512("last-32-bytes-of-sha512"),
  /** Derived like the key, but with the MAC's own salt. */
  DERIVED_WITH_MAC_SALT("derived-with-macsalt"),
  /** The bytes that the key derivation gives after the key. */
  KDF_NEXT_BYTES("kdf-next-bytes"),
  /** In the secret. */
  EXPLICIT("explicit");

  private final String word;

  MacKeySource(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
