package dev.keepwarm.decryptor.dotnet;

/** Where the initialization vector comes from. */
enum IvSource implements Word {
  KDF_NEXT_BYTES("kdf-next-bytes"),
  PARAMETER("parameter"),
  PREPENDED("prepended"),
  SIMPLE_3DES_CONSTANT("simple3des-constant"),
  NONE("none");

  private final String word;

  IvSource(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
