package dev.keepwarm.decryptor.dotnet;

import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** Secrets for tests. */
final class Secrets {

  private Secrets() {}

  /** A secret of the kind that the scheme needs; keys are random. */
  static DotNetSecret fitting(DotNetParameters scheme, Seed seed) {
    if (scheme.scheme().macKeySource().equals(Optional.of(MacKeySource.EXPLICIT))) {
      HexFormat hex = HexFormat.of();
      return DotNetSecret.parse(
          Map.of(
              "keyHex",
              hex.formatHex(seed.bytes(scheme.scheme().cipher().keyBytes())),
              "macKeyHex",
              hex.formatHex(seed.bytes(32))));
    }
    if (scheme.needsKey()) {
      return DotNetSecret.ofKey(seed.bytes(scheme.scheme().cipher().keyBytes()));
    }
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    return scheme.needsMacPassphrase() ? secret.withMacPassphrase("another") : secret;
  }
}
