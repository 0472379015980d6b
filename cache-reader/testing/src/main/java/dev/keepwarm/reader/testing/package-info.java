/** A reader for the tests of code that reads credentials. */
@NullMarked
package dev.keepwarm.reader.testing;

import org.jspecify.annotations.NullMarked;
