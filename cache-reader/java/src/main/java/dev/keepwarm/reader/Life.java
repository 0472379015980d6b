package dev.keepwarm.reader;

/**
 * How long an entry may be used, as far as is known when it is read. Both times are milliseconds
 * since the epoch.
 *
 * @param softExpiresAt the time from which the reader should refresh it in the background
 * @param hardExpiresAt the time from which it may not be used: its own hard expiry, or a later time
 *     if a freshness record vouches for it
 */
record Life(long softExpiresAt, long hardExpiresAt) {}
