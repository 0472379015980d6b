package dev.keepwarm.reader;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A reader's counters since it was built. Immutable.
 *
 * @param nearHits answers from the near cache, including refusals
 * @param cacheReads requests to the cache table
 * @param misses reads that found no usable entry, or not all entries of a tenant
 * @param resolves requests to the decryptor
 * @param unwraps requests to KMS
 * @param refreshes lookups in the background
 * @param staleServed answers from the near cache past {@code nearTtl}, because of an outage
 * @param outages lookups that failed because the cache table or KMS did not respond
 * @param timeouts lookups that the deadline ended
 * @param tampered entries that could not be unsealed or were malformed; worth an alarm
 * @param wrongKeys entries in the table under a KMS key that is not configured; the reader resolves
 *     them, as it does on a miss
 * @param rejections credentials that a caller's function rejected
 */
public record ReaderStats(
    long nearHits,
    long cacheReads,
    long misses,
    long resolves,
    long unwraps,
    long refreshes,
    long staleServed,
    long outages,
    long timeouts,
    long tampered,
    long wrongKeys,
    long rejections) {

  /** The counts since {@code earlier}. */
  public ReaderStats since(ReaderStats earlier) {
    return new ReaderStats(
        nearHits - earlier.nearHits,
        cacheReads - earlier.cacheReads,
        misses - earlier.misses,
        resolves - earlier.resolves,
        unwraps - earlier.unwraps,
        refreshes - earlier.refreshes,
        staleServed - earlier.staleServed,
        outages - earlier.outages,
        timeouts - earlier.timeouts,
        tampered - earlier.tampered,
        wrongKeys - earlier.wrongKeys,
        rejections - earlier.rejections);
  }

  /** The counters by name, in the order above. */
  public Map<String, Long> counts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("nearHits", nearHits);
    counts.put("cacheReads", cacheReads);
    counts.put("misses", misses);
    counts.put("resolves", resolves);
    counts.put("unwraps", unwraps);
    counts.put("refreshes", refreshes);
    counts.put("staleServed", staleServed);
    counts.put("outages", outages);
    counts.put("timeouts", timeouts);
    counts.put("tampered", tampered);
    counts.put("wrongKeys", wrongKeys);
    counts.put("rejections", rejections);
    return counts;
  }
}
