/**
 * Whether what was sealed of a tenant is still what the source has, and the records that say so:
 * see decision 0057.
 */
@NullMarked
package dev.keepwarm.decryptor.freshness;

import org.jspecify.annotations.NullMarked;
