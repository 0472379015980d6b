package dev.keepwarm.decryptor.dotnet;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/** How the stored bytes are written as text. */
enum TextNotation implements Word {
  BASE64("base64"),
  BASE64_LINEBREAKS("base64-linebreaks"),
  BASE64_URL("base64url"),
  URL_TOKEN("url-token"),
  HEX_UPPER("hex-upper"),
  HEX_LOWER("hex-lower"),
  HEX_DASHED("hex-dashed");

  private static final HexFormat HEX = HexFormat.of();
  private static final HexFormat DASHED = HexFormat.ofDelimiter("-");

  private final String word;

  TextNotation(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }

  /** The bytes, or nothing if .NET would refuse the text. */
  Optional<byte[]> decode(String text) {
    try {
      return switch (this) {
        case BASE64, BASE64_LINEBREAKS -> base64(text);
        case BASE64_URL -> Optional.of(Base64.getUrlDecoder().decode(withoutWhiteSpace(text)));
        case URL_TOKEN -> urlToken(text);
        // Convert.ToByte(.., 16), which reads the digits in .NET, accepts either case.
        case HEX_UPPER, HEX_LOWER -> Optional.of(HEX.parseHex(text));
        case HEX_DASHED -> Optional.of(DASHED.parseHex(text));
      };
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The reason for a refusal if {@link #decode} returns nothing. */
  DotNetRefusal refusal() {
    return switch (this) {
      case BASE64, BASE64_LINEBREAKS, BASE64_URL, URL_TOKEN -> DotNetRefusal.NOT_BASE64;
      case HEX_UPPER, HEX_LOWER, HEX_DASHED -> DotNetRefusal.NOT_HEX;
    };
  }

  /**
   * .NET skips four kinds of white space anywhere and requires the padding. The JDK's decoder does
   * neither. Both ignore the unused bits of the last character.
   */
  private static Optional<byte[]> base64(String text) {
    String compact = withoutWhiteSpace(text);
    return compact.length() % 4 == 0
        ? Optional.of(Base64.getDecoder().decode(compact))
        : Optional.empty();
  }

  /** {@code UrlTokenEncode} writes the number of padding characters instead of the padding. */
  private static Optional<byte[]> urlToken(String text) {
    int last = text.length() - 1;
    int padding = last < 0 ? -1 : text.charAt(last) - '0';
    return padding < 0 || padding > 2 || (last + padding) % 4 != 0
        ? Optional.empty()
        : Optional.of(Base64.getUrlDecoder().decode(text.substring(0, last)));
  }

  /** The text without the characters that .NET treats as white space in base64. */
  static String withoutWhiteSpace(String text) {
    StringBuilder compact = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        compact.append(c);
      }
    }
    return compact.toString();
  }
}
