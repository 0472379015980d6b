package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The secret half of a profile: a passphrase or a key, and a separate passphrase for the MAC if it
 * has one. Immutable, and redacted in its printed form.
 */
public final class DotNetSecret {

  private static final List<String> KEY_FIELDS = List.of("keyHex", "keyBase64", "keyText");

  private final Optional<String> passphrase;
  private final Optional<String> macPassphrase;
  private final Optional<String> keyText;
  private final Optional<byte[]> key;
  private final Optional<byte[]> macKey;

  private DotNetSecret(
      Optional<String> passphrase,
      Optional<String> macPassphrase,
      Optional<String> keyText,
      Optional<byte[]> key,
      Optional<byte[]> macKey) {
    this.passphrase = passphrase;
    this.macPassphrase = macPassphrase;
    this.keyText = keyText;
    this.key = key;
    this.macKey = macKey;
  }

  /** A passphrase, possibly an empty one: .NET allows it. */
  public static DotNetSecret ofPassphrase(String passphrase) {
    return new DotNetSecret(
        Optional.of(passphrase),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** A key; the bytes are copied. */
  public static DotNetSecret ofKey(byte[] key) {
    return new DotNetSecret(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(key.clone()),
        Optional.empty());
  }

  /** A key given as text, in the parameters' {@code keyTextEncoding}. */
  public static DotNetSecret ofKeyText(String keyText) {
    return new DotNetSecret(
        Optional.empty(),
        Optional.empty(),
        Optional.of(keyText),
        Optional.empty(),
        Optional.empty());
  }

  /** The same secret with a passphrase for the MAC. */
  public DotNetSecret withMacPassphrase(String macPassphrase) {
    return new DotNetSecret(passphrase, Optional.of(macPassphrase), keyText, key, macKey);
  }

  /**
   * A secret from a parsed JSON object with {@code passphrase}, or one or more of {@code keyHex},
   * {@code keyBase64} and {@code keyText}, and with {@code macPassphrase} if the MAC has its own.
   *
   * @throws DotNetParametersException if a field is unknown, missing or of another type
   */
  public static DotNetSecret parse(Map<String, ?> object) {
    Fields fields = new Fields(object, "");
    fields.refuseUnknown(fieldNames());
    Optional<String> passphrase = fields.text("passphrase");
    Optional<String> macPassphrase = fields.text("macPassphrase");
    Optional<String> keyText = fields.text("keyText");
    Optional<byte[]> hex = fields.hex("keyHex");
    Optional<byte[]> base64 = fields.base64("keyBase64");
    Optional<byte[]> macHex = fields.hex("macKeyHex");
    Optional<byte[]> macBase64 = fields.base64("macKeyBase64");
    if (macHex.isPresent() && macBase64.isPresent()) {
      throw fields.error(Code.CONTRADICTION, "macKeyBase64", "must not be combined with macKeyHex");
    }
    if (hex.isPresent() && base64.isPresent() && !Arrays.equals(hex.get(), base64.get())) {
      throw fields.error(Code.CONTRADICTION, "keyBase64", "differs from keyHex");
    }
    boolean hasKey = keyText.isPresent() || hex.isPresent() || base64.isPresent();
    if (passphrase.isPresent() && hasKey) {
      throw fields.error(Code.CONTRADICTION, "passphrase", "must not be combined with a key");
    }
    if (passphrase.isEmpty() && !hasKey) {
      throw fields.error(
          Code.MISSING_FIELD,
          "passphrase",
          "is missing; give it, or one of " + String.join(", ", KEY_FIELDS));
    }
    return new DotNetSecret(
        passphrase, macPassphrase, keyText, hex.or(() -> base64), macHex.or(() -> macBase64));
  }

  /**
   * The names of the fields which {@link #parse} takes and {@link DotNetParameters#parse} refuses.
   */
  public static Set<String> fieldNames() {
    return Set.of(
        "passphrase",
        "macPassphrase",
        "keyHex",
        "keyBase64",
        "keyText",
        "macKeyHex",
        "macKeyBase64");
  }

  Optional<String> passphrase() {
    return passphrase;
  }

  Optional<String> macPassphrase() {
    return macPassphrase;
  }

  /** A copy of the MAC's key. */
  Optional<byte[]> macKey() {
    return macKey.map(byte[]::clone);
  }

  boolean hasKey() {
    return key.isPresent() || keyText.isPresent();
  }

  /**
   * The key's bytes.
   *
   * @param textEncoding how a key given as text becomes bytes
   * @throws DotNetParametersException if there is no key, or the text and the bytes differ
   */
  byte[] key(Optional<TextEncoding> textEncoding) {
    Optional<byte[]> encoded =
        keyText.map(text ->
            textEncoding
                .orElseThrow(() ->
                    new DotNetParametersException(
                        Code.MISSING_FIELD, "keyTextEncoding", "is missing; keyText requires it"))
                .encode(text));
    if (encoded.isPresent() && key.isPresent() && !Arrays.equals(encoded.get(), key.get())) {
      throw new DotNetParametersException(
          Code.CONTRADICTION, "keyText", "differs from keyHex or keyBase64");
    }
    return encoded
        .or(() -> key.map(byte[]::clone))
        .orElseThrow(() ->
            new DotNetParametersException(
                Code.MISSING_FIELD,
                "keyHex",
                "is missing; keySource explicit requires it, or keyBase64 or keyText"));
  }

  /**
   * This secret in the form that these parameters need, if possible. A passphrase may also be the
   * text of a key, and an unneeded passphrase for the MAC is dropped.
   */
  Optional<DotNetSecret> adaptedTo(DotNetParameters parameters) {
    if ((parameters.needsMacPassphrase() && macPassphrase.isEmpty())
        || (!parameters.needsKey() && passphrase.isEmpty())) {
      return Optional.empty();
    }
    boolean needsMacKey =
        parameters.scheme().macKeySource().equals(Optional.of(MacKeySource.EXPLICIT));
    if (needsMacKey && macKey.isEmpty()) {
      return Optional.empty();
    }
    Optional<byte[]> ownMacKey = needsMacKey ? macKey : Optional.empty();
    Optional<String> mac = parameters.needsMacPassphrase() ? macPassphrase : Optional.empty();
    return Optional.of(
        parameters.needsKey()
            ? new DotNetSecret(Optional.empty(), mac, keyText.or(() -> passphrase), key, ownMacKey)
            : new DotNetSecret(passphrase, mac, Optional.empty(), Optional.empty(), ownMacKey));
  }

  @Override
  public String toString() {
    return "DotNetSecret[redacted]";
  }
}
