/** What the endpoints share: the server on loopback, the errors and the JSON of AWS. */
@NullMarked
package dev.keepwarm.emulator.http;

import org.jspecify.annotations.NullMarked;
