/** The reader's concurrent parts under a model checker. */
@NullMarked
package dev.keepwarm.reader;

import org.jspecify.annotations.NullMarked;
