package dev.keepwarm.reader;

/** What a lookup ends with, and what the near cache keeps. */
sealed interface Found permits Found.Usable, Refusal {
  /** From when on it may not be used, in milliseconds since the epoch. */
  long hardExpiresAt();

  /** A credential. */
  record Usable(Credential credential) implements Found {
    @Override
    public long hardExpiresAt() {
      return credential.hardExpiresAt();
    }
  }
}
