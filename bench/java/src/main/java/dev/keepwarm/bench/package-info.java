/**
 * Benchmarks: what Keepwarm's parts take, beside their floors and beside what a user would pick
 * instead, measured by turns in one run. Nothing here is published, and nothing timed is a test.
 */
@NullMarked
package dev.keepwarm.bench;

import org.jspecify.annotations.NullMarked;
