/**
 * The code of the parts that write: the conditional writes of the refresh protocol, the wheel, the
 * settings, and the interface of sources.
 */
@NullMarked
package dev.keepwarm.engine;

import org.jspecify.annotations.NullMarked;
