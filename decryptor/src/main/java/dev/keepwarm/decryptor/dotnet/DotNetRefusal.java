package dev.keepwarm.decryptor.dotnet;

/**
 * Why a stored value was not decoded. The names are stable; the descriptions never hold content.
 */
public enum DotNetRefusal {
  /** The stored value is null. */
  NO_VALUE("the value is null"),
  /** The value is longer than {@link DotNetDecoder#MAX_STORED_CHARS}. */
  TOO_LONG("the value is too long"),
  /** Encrypted by Windows itself: DPAPI, {@code ProtectedData}. */
  DPAPI_VALUE(
      "a DPAPI value: only the Windows machine or account that encrypted it can decrypt it;"
          + " encrypt it anew there"),
  /** Encrypted by ASP.NET Core Data Protection. */
  DATA_PROTECTION_VALUE(
      "an ASP.NET Core Data Protection value: only the application's own key ring can decrypt it;"
          + " encrypt it anew there"),
  /** The value lacks the {@code valuePrefix}. */
  NO_PREFIX("the value does not have the valuePrefix and the valueSuffix"),
  /** Not base64 as .NET reads it. */
  NOT_BASE64("the value is not base64"),
  /** Not hexadecimal digits in the expected form. */
  NOT_HEX("the value is not hex"),
  /** Empty, shorter than what stands in front of the ciphertext, or not whole blocks. */
  BAD_LENGTH("the value's length does not fit the layout and the block size"),
  /** The authentication code does not match: another key, or a changed value. */
  BAD_MAC("the authentication code does not match"),
  /** The padding is wrong: another key, or a changed value. */
  BAD_PADDING("the padding is not valid"),
  /** What was decrypted lacks SQL Server's header: another key, or a changed value. */
  BAD_HEADER("the decrypted bytes do not begin with the plaintextHeader"),
  /** The decrypted bytes are not well-formed in the text encoding. */
  BAD_TEXT("the decrypted bytes are not well-formed text");

  private final String description;

  DotNetRefusal(String description) {
    this.description = description;
  }

  /** The reason in words, for logs and terminals. */
  public String description() {
    return description;
  }
}
