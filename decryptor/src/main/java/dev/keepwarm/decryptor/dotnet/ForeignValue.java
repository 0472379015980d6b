package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Recognises values that no parameters can decode, so that the error names the kind of value and
 * what to do, instead of wrong padding. The chance that an ordinary ciphertext is recognised by
 * mistake is less than one in a billion.
 */
final class ForeignValue {

  /** How much of a value is searched for a known beginning. */
  private static final int LOOKED_AT_CHARS = 4096;

  /** The beginnings by which stored texts are recognised. */
  private static final Map<String, DotNetRefusal> BEGINNINGS = new LinkedHashMap<>();

  static {
    BEGINNINGS.put("AQAAANCMnd8BFdERjHoAwE/Cl+s", DotNetRefusal.DPAPI_VALUE);
    BEGINNINGS.put("CfDJ8", DotNetRefusal.DATA_PROTECTION_VALUE);
    BEGINNINGS.put("<EncryptedData", DotNetRefusal.XML_ENCRYPTION_VALUE);
    BEGINNINGS.put("-----BEGINPGPMESSAGE", DotNetRefusal.PGP_VALUE);
    BEGINNINGS.put("-----BEGINPKCS7", DotNetRefusal.CMS_VALUE);
    BEGINNINGS.put("-----BEGINCMS", DotNetRefusal.CMS_VALUE);
    BEGINNINGS.put("gAAAAA", DotNetRefusal.FERNET_VALUE);
    BEGINNINGS.put("$ANSIBLE_VAULT;", DotNetRefusal.ANSIBLE_VAULT_VALUE);
    BEGINNINGS.put("vault:v", DotNetRefusal.VAULT_VALUE);
    BEGINNINGS.put("ENC[AES256_GCM,", DotNetRefusal.SOPS_VALUE);
    BEGINNINGS.put("AQICAH", DotNetRefusal.KMS_VALUE);
  }

  private static final Pattern HASH =
      Pattern.compile(
          "(\\$(2[abxy]?|argon2(id?|d)|pbkdf2(-sha\\d+)?|scrypt|[156]|apr1|y)\\$"
              + "|pbkdf2_sha\\d+\\$|\\{(SSHA|SHA|SMD5|MD5|CRYPT)\\d*\\}).*",
          Pattern.DOTALL);

  private static final Pattern JWE = Pattern.compile("eyJ[\\w-]+(\\.[\\w-]*){4}");
  private static final Pattern JWT = Pattern.compile("eyJ[\\w-]+(\\.[\\w-]*){2}");
  private static final Pattern HEX = Pattern.compile("0[xX]([0-9A-Fa-f]{2}){8,}");

  /** Version 1 and the GUID of the default DPAPI provider. */
  private static final byte[] DPAPI =
      HexFormat.of().parseHex("01000000d08c9ddf0115d1118c7a00c04fc297eb");

  /** The object identifiers of PKCS#7, up to their last number. */
  private static final byte[] PKCS_7 = HexFormat.of().parseHex("06092a864886f70d0107");

  private static final byte[] SALTED = "Salted__".getBytes(StandardCharsets.US_ASCII);

  private static final int IDENTITY_HASH_BYTES = 61;

  private ForeignValue() {}

  /** Checks the text as it is stored, regardless of the notation that the profile expects. */
  static Optional<DotNetRefusal> inText(String text) {
    String start =
        TextNotation.withoutWhiteSpace(text.substring(0, Math.min(LOOKED_AT_CHARS, text.length())));
    for (Map.Entry<String, DotNetRefusal> beginning : BEGINNINGS.entrySet()) {
      if (start.startsWith(beginning.getKey())) {
        return Optional.of(beginning.getValue());
      }
    }
    if (HASH.matcher(start).matches()) {
      return Optional.of(DotNetRefusal.HASH_VALUE);
    }
    if (JWE.matcher(start).matches()) {
      return Optional.of(DotNetRefusal.JWE_VALUE);
    }
    return JWT.matcher(start).matches() ? Optional.of(DotNetRefusal.JWT_VALUE) : Optional.empty();
  }

  /** Checks the bytes, regardless of the notation in which they are stored. */
  static Optional<DotNetRefusal> inBytes(byte[] bytes) {
    if (startsWith(DPAPI, bytes, 0)) {
      return Optional.of(DotNetRefusal.DPAPI_VALUE);
    }
    // A sequence whose length has two bytes or one.
    boolean isSequence = bytes.length > 16 && bytes[0] == 0x30;
    if (isSequence
        && ((bytes[1] == (byte) 0x82 && startsWith(PKCS_7, bytes, 4))
            || (bytes[1] == (byte) 0x81 && startsWith(PKCS_7, bytes, 3)))) {
      return Optional.of(DotNetRefusal.CMS_VALUE);
    }
    return isIdentityHash(bytes) ? Optional.of(DotNetRefusal.HASH_VALUE) : Optional.empty();
  }

  /** Whether the bytes have OpenSSL's form, which one layout decodes. */
  static boolean isOpenSsl(byte[] bytes) {
    return startsWith(SALTED, bytes, 0);
  }

  /** Whether a text is {@code 0x} and so many hexadecimal digits that it cannot be base64. */
  static boolean isHexNumber(String text) {
    return HEX.matcher(text).matches();
  }

  /** Version 3 of ASP.NET Identity: a function, iterations, a salt of 16 bytes and 32 bytes. */
  private static boolean isIdentityHash(byte[] bytes) {
    return bytes.length == IDENTITY_HASH_BYTES
        && startsWith(new byte[] {1, 0, 0, 0}, bytes, 0)
        && bytes[4] <= 2
        && startsWith(new byte[] {0, 0, 0, 16}, bytes, 9);
  }

  private static boolean startsWith(byte[] beginning, byte[] bytes, int at) {
    return bytes.length >= at + beginning.length
        && Arrays.equals(bytes, at, at + beginning.length, beginning, 0, beginning.length);
  }
}
