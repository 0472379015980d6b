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
          + " decrypt it there, and encrypt it in another way"),
  /** Encrypted by ASP.NET Core Data Protection. */
  DATA_PROTECTION_VALUE(
      "an ASP.NET Core Data Protection value: only the application's own key ring can decrypt it;"
          + " decrypt it there, and encrypt it in another way"),
  /** A CMS or PKCS#7 envelope, as {@code EnvelopedCms} and Microsoft's certificates make it. */
  CMS_VALUE(
      "a CMS envelope (EnvelopedCms): the certificate's private key decrypts it;"
          + " use the scheme lambda with a function that has the key"),
  /** XML Encryption, as in an encrypted section of a web.config. */
  XML_ENCRYPTION_VALUE(
      "an EncryptedData element: decrypt the section with aspnet_regiis -pd and import what it"
          + " holds, or use the scheme lambda"),
  /** An OpenPGP message. */
  PGP_VALUE("a PGP message: use the scheme lambda with a function that has the private key"),
  /** A JSON Web Encryption. */
  JWE_VALUE("a JWE: use the scheme lambda with a function that has the key"),
  /** A JSON Web Token that is signed, not encrypted. */
  JWT_VALUE("a JWT, which is signed and not encrypted: use the scheme plain or lambda"),
  /** A Fernet token, of Python's {@code cryptography}. */
  FERNET_VALUE("a Fernet token: use the scheme lambda with a function that has the key"),
  /** Encrypted by Ansible Vault. */
  ANSIBLE_VAULT_VALUE(
      "an Ansible Vault value: decrypt it with ansible-vault and import it, or use the scheme"
          + " lambda"),
  /** Encrypted by HashiCorp Vault's transit engine. */
  VAULT_VALUE(
      "a value of Vault's transit engine: use the scheme lambda with a function that calls it"),
  /** Encrypted by sops. */
  SOPS_VALUE("a value of sops: decrypt it with sops and import it, or use the scheme lambda"),
  /** Encrypted by KMS. */
  KMS_VALUE("a ciphertext of AWS KMS: use the scheme kms"),
  /** A password's hash: bcrypt, Argon2, PBKDF2, crypt or that of ASP.NET Identity. */
  HASH_VALUE(
      "a password's hash, which cannot be reversed: set a new credential, or find another"
          + " copy of it"),
  /** OpenSSL's or CryptoJS's form, but the parameters have another layout. */
  OPENSSL_VALUE("a value of OpenSSL or CryptoJS: use the layout Salted__|salt|ciphertext"),
  /** {@code 0x} and hexadecimal digits, where the parameters say base64. */
  HEX_VALUE(
      "hexadecimal digits after 0x: use the valuePrefix 0x and the ciphertextEncoding hex-upper"),
  /** Other characters surround the base64 or hexadecimal text. */
  AFFIXED_VALUE(
      "base64 or hex with other characters around it: set valuePrefix and, if there are"
          + " characters after it, valueSuffix"),
  /** The value lacks the {@code valuePrefix}. */
  NO_PREFIX("the value does not have the valuePrefix and the valueSuffix"),
  /** Not base64 as .NET reads it. */
  NOT_BASE64("the value is not base64"),
  /** Not hexadecimal digits in the expected form. */
  NOT_HEX("the value is not hex"),
  /** Empty, shorter than the parts around the ciphertext, or not whole blocks. */
  BAD_LENGTH("the value's length does not fit the layout and the block size"),
  /** The authentication code does not match: another key, or a changed value. */
  BAD_MAC("the authentication code does not match"),
  /** The padding is wrong: another key, or a changed value. */
  BAD_PADDING("the padding is not valid"),
  /** The decrypted bytes lack SQL Server's header: another key, or a changed value. */
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
