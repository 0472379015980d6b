package dev.keepwarm.decryptor.dotnet;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A hash function, under .NET's name for it. */
enum Hash implements Word {
  MD5("MD5", "MD5"),
  SHA1("SHA1", "SHA-1"),
  SHA256("SHA256", "SHA-256"),
  SHA384("SHA384", "SHA-384"),
  SHA512("SHA512", "SHA-512");

  private final String word;
  private final String jdkName;

  Hash(String word, String jdkName) {
    this.word = word;
    this.jdkName = jdkName;
  }

  @Override
  public String word() {
    return word;
  }

  int lengthBytes() {
    return switch (this) {
      case MD5 -> 16;
      case SHA1 -> 20;
      case SHA256 -> 32;
      case SHA384 -> 48;
      case SHA512 -> 64;
    };
  }

  /** The block that the function works on, to which HMAC pads its key. */
  int blockBytes() {
    return switch (this) {
      case MD5, SHA1, SHA256 -> 64;
      case SHA384, SHA512 -> 128;
    };
  }

  byte[] of(byte[]... parts) {
    MessageDigest digest = start();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }

  MessageDigest start() {
    try {
      return MessageDigest.getInstance(jdkName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks " + jdkName, e);
    }
  }
}
