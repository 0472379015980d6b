package dev.keepwarm.bench.starts;

/**
 * What one cold start took.
 *
 * @param initMillis from the start of the process to its first request for an invocation
 * @param responseMillis from the start of the process to its first answer
 * @param peakMegabytes the most resident memory that the process had until then, in MB of 10^6
 *     bytes
 */
record Start(double initMillis, double responseMillis, double peakMegabytes) {}
