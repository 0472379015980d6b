/** Shared parts of the endpoints: the server on loopback, and AWS's errors and JSON. */
@NullMarked
package dev.keepwarm.emulator.http;

import org.jspecify.annotations.NullMarked;
