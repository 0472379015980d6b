package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Makes the keys of a scheme from its secret. First checks that the two fit together. */
final class KeyDerivation implements Function<byte[], KeyMaterial> {

  private static final byte[] NO_BYTES = {};

  private final Scheme scheme;
  private final DotNetSecret secret;
  private final Outputs outputs;

  /** Derives as the .NET classes do; a detection remembers the results. */
  @FunctionalInterface
  interface Outputs {
    /** The results of a derivation's {@code GetBytes} calls, which the caller may wipe. */
    List<byte[]> of(KeySource.Derived derived, String passphrase, byte[] saltOfValue);
  }

  /**
   * @throws DotNetParametersException as the other constructor
   */
  KeyDerivation(Scheme scheme, DotNetSecret secret) {
    this(scheme, secret, KeySource.Derived::derive);
  }

  /**
   * @throws DotNetParametersException if the scheme needs another kind of secret, or the secret
   *     gives a key which .NET would refuse
   */
  KeyDerivation(Scheme scheme, DotNetSecret secret, Outputs outputs) {
    this.scheme = scheme;
    this.secret = secret;
    this.outputs = outputs;
    checkKinds();
    checkKey();
  }

  /**
   * Derives the keys.
   *
   * @param salts the salt in the value, followed by that of the MAC; empty if the layout has none
   */
  @Override
  public KeyMaterial apply(byte[] salts) {
    byte[] salt =
        scheme.layout().hasMacSalt() ? Arrays.copyOf(salts, scheme.lengths().salt()) : salts;
    byte[] iv = NO_BYTES;
    byte[] nextMacKey = NO_BYTES;
    byte[] key;
    switch (scheme.keySource()) {
      case KeySource.Explicit explicit -> key = secret.key(explicit.keyTextEncoding());
      case KeySource.Shortcut shortcut -> {
        key = shortcut.keyOf(passphrase(), keyBytes());
        if (scheme.ivSource() == IvSource.KDF_NEXT_BYTES) {
          iv = shortcut.after(passphrase(), keyBytes(), scheme.cipher().blockBytes());
        }
      }
      case KeySource.Capi capi ->
          key = capi.derivation().derive(capi.passphraseEncoding().encode(passphrase()));
      case KeySource.Derived derived -> {
        List<byte[]> results = outputs.of(derived, passphrase(), salt);
        boolean ivFirst = scheme.ivSource() == IvSource.KDF_FIRST_BYTES;
        key = results.get(ivFirst ? 1 : 0);
        if (scheme.ivSource().isDerived()) {
          iv = results.get(ivFirst ? 0 : 1);
        }
        nextMacKey = results.getLast();
      }
    }
    int blockBytes = scheme.cipher().blockBytes();
    iv =
        switch (scheme.ivSource()) {
          case KEY -> Arrays.copyOf(key, blockBytes);
          case SALT -> Arrays.copyOf(salt, blockBytes);
          case MD5_OF_PASSPHRASE, SHA1_OF_PASSPHRASE, SHA256_OF_PASSPHRASE ->
              Arrays.copyOf(
                  scheme
                      .ivSource()
                      .hash()
                      .orElseThrow()
                      .of(passphraseEncoding().encode(passphrase())),
                  blockBytes);
          case KDF_NEXT_BYTES, KDF_FIRST_BYTES, PARAMETER, PREPENDED, SIMPLE_3DES_CONSTANT, NONE ->
              iv;
        };
    return new KeyMaterial(key, iv, macKey(key, nextMacKey, salts));
  }

  /**
   * The key alone, which the caller wipes. Cheaper if the IV needs a longer derivation.
   *
   * @param salts as with {@link #apply}
   */
  byte[] key(byte[] salts) {
    if (scheme.keySource() instanceof KeySource.Derived derived
        && scheme.ivSource() != IvSource.KDF_FIRST_BYTES
        && scheme.macKeySource().isEmpty()) {
      return outputs.of(derived.withGetBytes(List.of(keyBytes())), passphrase(), salts).getFirst();
    }
    KeyMaterial material = apply(salts);
    Arrays.fill(material.iv(), (byte) 0);
    Arrays.fill(material.macKey(), (byte) 0);
    return material.key();
  }

  private TextEncoding passphraseEncoding() {
    return switch (scheme.keySource()) {
      case KeySource.Explicit _ -> TextEncoding.UTF_8;
      case KeySource.Shortcut shortcut -> shortcut.passphraseEncoding();
      case KeySource.Capi capi -> capi.passphraseEncoding();
      case KeySource.Derived derived -> derived.password().encoding();
    };
  }

  private byte[] macKey(byte[] key, byte[] next, byte[] salts) {
    if (scheme.macKeySource().isEmpty()) {
      return NO_BYTES;
    }
    return switch (scheme.macKeySource().get()) {
      case SAME_AS_ENCRYPTION_KEY -> key.clone();
      case KDF_NEXT_BYTES -> next.clone();
      case EXPLICIT -> secret.macKey().orElseThrow();
      case DERIVED_WITH_MAC_SALT -> {
        int macSaltAt = Math.min(scheme.lengths().salt(), salts.length);
        byte[] macSalt = Arrays.copyOfRange(salts, macSaltAt, salts.length);
        KeySource.Derived derived = (KeySource.Derived) scheme.keySource();
        yield outputs.of(derived, passphrase(), macSalt).getFirst();
      }
      case SHA256_OF_MAC_PASSPHRASE ->
          Hash.SHA256.of(TextEncoding.UTF_8.encode(secret.macPassphrase().orElseThrow()));
      case LAST_32_BYTES_OF_SHA512 -> {
        KeySource.Shortcut split = (KeySource.Shortcut) scheme.keySource();
        byte[] both = Hash.SHA512.of(split.passphraseEncoding().encode(passphrase()));
        yield Arrays.copyOfRange(both, 32, 64);
      }
    };
  }

  private void checkKinds() {
    boolean wantsKey = scheme.keySource() instanceof KeySource.Explicit;
    if (wantsKey && secret.passphrase().isPresent()) {
      throw wrong(Code.CONTRADICTION, "passphrase", "must not be combined with keySource explicit");
    }
    if (!wantsKey && secret.hasKey()) {
      throw wrong(Code.CONTRADICTION, "keySource", "requires a passphrase, not a key");
    }
    boolean wantsMac =
        scheme.macKeySource().equals(Optional.of(MacKeySource.SHA256_OF_MAC_PASSPHRASE));
    if (wantsMac && secret.macPassphrase().isEmpty()) {
      throw wrong(Code.MISSING_FIELD, "macPassphrase", "is missing; mac.keySource requires it");
    }
    boolean wantsMacKey = scheme.macKeySource().equals(Optional.of(MacKeySource.EXPLICIT));
    if (wantsMacKey && secret.macKey().isEmpty()) {
      throw wrong(Code.MISSING_FIELD, "macKeyHex", "is missing; mac.keySource requires it");
    }
    if (!wantsMacKey && secret.macKey().isPresent()) {
      throw wrong(Code.CONTRADICTION, "macKeyHex", "is not used by these parameters");
    }
    if (!wantsMac && secret.macPassphrase().isPresent()) {
      throw wrong(Code.CONTRADICTION, "macPassphrase", "is not used by these parameters");
    }
  }

  /** Checks the secret. The key is checked if it comes directly from it: a hash is never weak. */
  private void checkKey() {
    if (secret.passphrase().isPresent() && !passphraseEncoding().isExact(passphrase())) {
      throw wrong(Code.BAD_VALUE, "passphrase", "must have only characters of passphraseEncoding");
    }
    if (scheme.keySource() instanceof KeySource.Shortcut passphraseKey
        && !passphraseKey.takes(passphrase(), keyBytes())) {
      throw wrong(
          Code.BAD_VALUE, "passphrase", "must have the length that keySizeBits and keyFit require");
    }
    boolean isPassphrase =
        scheme.keySource() instanceof KeySource.Shortcut shortcut
            && (shortcut.kind() == KeySource.Kind.LEFT_8
                || shortcut.kind() == KeySource.Kind.PASSPHRASE);
    if (!isPassphrase && !(scheme.keySource() instanceof KeySource.Explicit)) {
      return;
    }
    String field = isPassphrase ? "passphrase" : "key";
    try (KeyMaterial material = apply(NO_BYTES)) {
      if (material.key().length != keyBytes()) {
        throw wrong(Code.BAD_VALUE, field, "must give a key of " + keyBytes() + " bytes");
      }
      if (scheme.cipher().isWeak(material.key())) {
        throw wrong(Code.BAD_VALUE, field, "must not give a weak key, which .NET refuses");
      }
    }
  }

  private int keyBytes() {
    return scheme.cipher().keyBytes();
  }

  private String passphrase() {
    return secret.passphrase().orElseThrow();
  }

  private static DotNetParametersException wrong(Code code, String field, String allowed) {
    return new DotNetParametersException(code, field, allowed);
  }
}
