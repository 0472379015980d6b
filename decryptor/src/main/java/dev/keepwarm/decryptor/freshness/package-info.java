/**
 * Compares a tenant's entries with the source, and writes the freshness records: see decision 0057.
 */
@NullMarked
package dev.keepwarm.decryptor.freshness;

import org.jspecify.annotations.NullMarked;
