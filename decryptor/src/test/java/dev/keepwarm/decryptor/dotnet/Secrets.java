package dev.keepwarm.decryptor.dotnet;

/** Secrets for tests. */
final class Secrets {

  private Secrets() {}

  /** A secret of the kind that the scheme needs; keys are random. */
  static DotNetSecret fitting(DotNetParameters scheme, Seed seed) {
    if (scheme.needsKey()) {
      return DotNetSecret.ofKey(seed.bytes(scheme.scheme().cipher().keyBytes()));
    }
    DotNetSecret secret = DotNetSecret.ofPassphrase("MAKV2SPBNI99212");
    return scheme.needsMacPassphrase() ? secret.withMacPassphrase("another") : secret;
  }
}
