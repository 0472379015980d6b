/**
 * Benchmarks: the time and memory of Keepwarm's parts, compared with their floors and with a user's
 * alternatives, measured by turns in one run. Nothing here is published, and no test depends on
 * times.
 */
@NullMarked
package dev.keepwarm.bench;

import org.jspecify.annotations.NullMarked;
