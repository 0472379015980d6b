package dev.keepwarm.core;

/**
 * The lease of one resolve in progress.
 *
 * @param by who fills the entry: an id of the attempt
 * @param until when the lease lapses, in milliseconds since the epoch
 */
public record Lease(String by, long until) {}
