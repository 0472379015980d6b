package dev.keepwarm.reader;

/**
 * How long an entry may be used, as far as is known when it is read. Both are milliseconds since
 * the epoch.
 *
 * @param softExpiresAt from when on it is worth asking the table ahead of need
 * @param hardExpiresAt from when on it may not be used: its own hard expiry, or a later one if a
 *     freshness record vouches for it
 */
record Life(long softExpiresAt, long hardExpiresAt) {}
