package dev.keepwarm.decryptor.dotnet;

/** The result of decrypting a stored value, before its padding and its text are checked. */
sealed interface Opened {

  /** The decrypted bytes, padding included. The receiver has to wipe them. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Blocks(byte[] bytes) implements Opened {}

  /** The value was refused before or by the decryption. */
  record Refused(DotNetRefusal reason) implements Opened {}
}
