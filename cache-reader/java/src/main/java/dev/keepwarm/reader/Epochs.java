package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tells whether a credential was forgotten since a lookup began. Each credential and each tenant
 * has an epoch, which ends when the credential, or one of the tenant's credentials, is forgotten.
 * Thread-safe.
 *
 * <p>Epochs are counted in a fixed number of places, so that unused ids take no memory. Ids that
 * share a place, one in {@value #PLACES}, also share the end of an epoch. That costs them one
 * request.
 */
final class Epochs {
  private static final int PLACES = 4096;

  private final AtomicLongArray counts = new AtomicLongArray(PLACES);
  private final AtomicLong all = new AtomicLong();

  /** The epoch of a credential or of a tenant, as it was when a lookup began. */
  record Epoch(int place, long count) {}

  /** The current epoch of a credential. */
  Epoch of(CredentialId id) {
    return at(place(id));
  }

  /** The current epoch of a tenant: all of its credentials together. */
  Epoch of(String tenant) {
    return at(place(tenant));
  }

  boolean isOver(Epoch epoch) {
    return at(epoch.place()).count() != epoch.count();
  }

  /** Ends the epochs of a credential and of its tenant. */
  void end(CredentialId id) {
    counts.incrementAndGet(place(id));
    counts.incrementAndGet(place(id.tenant()));
  }

  /** Ends all epochs. */
  void endAll() {
    all.incrementAndGet();
  }

  private Epoch at(int place) {
    // Both counts only rise, so the sum changes if either of them rises.
    return new Epoch(place, all.get() + counts.get(place));
  }

  private static int place(Object key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return (hash >>> 16) & (PLACES - 1);
  }
}
