package dev.keepwarm.reader;

/** The result of a lookup, as the near cache keeps it. */
sealed interface Found permits Found.Usable, Refusal {
  /** The time from which it may not be used, in milliseconds since the epoch. */
  long hardExpiresAt();

  /** A credential. */
  record Usable(Credential credential) implements Found {
    @Override
    public long hardExpiresAt() {
      return credential.hardExpiresAt();
    }
  }
}
