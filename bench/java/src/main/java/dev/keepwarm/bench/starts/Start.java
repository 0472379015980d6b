package dev.keepwarm.bench.starts;

/**
 * The measurements of one cold start.
 *
 * @param initMillis from the start of the process to its first request for an invocation
 * @param responseMillis from the start of the process to its first response
 * @param peakMegabytes the peak resident memory of the process until then, in MB of 10^6 bytes
 */
record Start(double initMillis, double responseMillis, double peakMegabytes) {}
