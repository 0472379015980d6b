package dev.keepwarm.decryptor.dotnet;

/** What became of a stored value before its padding and its text were looked at. */
sealed interface Opened {

  /** The decrypted bytes, padding included, which whoever gets them wipes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Blocks(byte[] bytes) implements Opened {}

  /** The value was refused before or by the decryption. */
  record Refused(DotNetRefusal reason) implements Opened {}
}
