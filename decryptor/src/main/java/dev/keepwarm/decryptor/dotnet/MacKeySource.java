package dev.keepwarm.decryptor.dotnet;

/** Where the key of the HMAC-SHA256 comes from. */
enum MacKeySource implements Word {
  SAME_AS_ENCRYPTION_KEY("same-as-encryption-key"),
  SHA256_OF_MAC_PASSPHRASE("sha256-of-macPassphrase"),
  LAST_32_BYTES_OF_SHA512("last-32-bytes-of-sha512");

  private final String word;

  MacKeySource(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
