package dev.keepwarm.decryptor.dotnet;

import java.util.Collection;
import java.util.Map;

/** In which notation values appear to be stored. */
enum StoredForm {
  BASE64,
  BASE64_WITH_BLANKS,
  HEX,
  HEX_DASHED;

  Map<String, Object> parameters() {
    return switch (this) {
      case BASE64 -> Map.of("ciphertextEncoding", "base64");
      case BASE64_WITH_BLANKS ->
          Map.of("ciphertextEncoding", "base64", "preDecode", "space-to-plus");
      case HEX -> Map.of("ciphertextEncoding", "hex-upper");
      case HEX_DASHED -> Map.of("ciphertextEncoding", "hex-dashed");
    };
  }

  static StoredForm of(Collection<String> values) {
    if (all(values, TextNotation.HEX_UPPER)) {
      return HEX;
    }
    if (all(values, TextNotation.HEX_DASHED)) {
      return HEX_DASHED;
    }
    return values.stream().anyMatch(StoredForm::hasLostPlusSigns) ? BASE64_WITH_BLANKS : BASE64;
  }

  private static boolean all(Collection<String> values, TextNotation notation) {
    return values.stream().allMatch(value -> notation.decode(value).isPresent());
  }

  /** Whether a value is base64 only if its blanks count as characters. */
  private static boolean hasLostPlusSigns(String value) {
    return TextNotation.BASE64.decode(value).isEmpty()
        && TextNotation.BASE64.decode(value.replace(' ', '+')).isPresent();
  }
}
