/**
 * What writes: the conditional writes of the refresh protocol, the wheel, the settings, and what
 * the originals look like.
 */
@NullMarked
package dev.keepwarm.engine;

import org.jspecify.annotations.NullMarked;
