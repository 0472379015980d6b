package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Recognises values which only Windows or the application itself can decrypt, so that a team learns
 * what it has in front of it instead of that the padding is wrong.
 */
final class ForeignValue {

  private static final String DPAPI_BASE64 = "AQAAANCMnd8BFdERjHoAwE/Cl+s";
  private static final String DATA_PROTECTION_BASE64 = "CfDJ8";

  /** Version 1 and the GUID of the default DPAPI provider. */
  private static final byte[] DPAPI =
      HexFormat.of().parseHex("01000000d08c9ddf0115d1118c7a00c04fc297eb");

  private ForeignValue() {}

  /** Looks at the text as it is stored, in whatever notation the profile expects. */
  static Optional<DotNetRefusal> inText(String text) {
    String start = TextNotation.withoutWhiteSpace(text.substring(0, Math.min(256, text.length())));
    if (start.startsWith(DPAPI_BASE64)) {
      return Optional.of(DotNetRefusal.DPAPI_VALUE);
    }
    return start.startsWith(DATA_PROTECTION_BASE64)
        ? Optional.of(DotNetRefusal.DATA_PROTECTION_VALUE)
        : Optional.empty();
  }

  /** Looks at the bytes, for DPAPI values which are stored in hex. */
  static Optional<DotNetRefusal> inBytes(byte[] bytes) {
    return bytes.length >= DPAPI.length
            && Arrays.equals(bytes, 0, DPAPI.length, DPAPI, 0, DPAPI.length)
        ? Optional.of(DotNetRefusal.DPAPI_VALUE)
        : Optional.empty();
  }
}
