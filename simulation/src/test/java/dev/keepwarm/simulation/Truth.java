package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is true of one credential: all the values it had, and what was promised of it. */
final class Truth {
  /** In every plaintext, and nowhere else. */
  static final String CANARY = "SECRET";

  final List<Written> written = new ArrayList<>();
  final List<Promise.Part> promises = new ArrayList<>();
  @Nullable Written current;
  long greatest;
  long revokedAtMost = -1;

  /** One value that the source had. */
  record Written(long serial, long version, boolean decodable) {
    String plaintext(CredentialId id) {
      return CANARY + " " + id + " " + serial;
    }
  }

  /** The value with this plaintext; null if it never was one. */
  @Nullable Written find(CredentialId id, String plaintext) {
    for (Written each : written) {
      if (each.plaintext(id).equals(plaintext)) {
        return each;
      }
    }
    return null;
  }
}
