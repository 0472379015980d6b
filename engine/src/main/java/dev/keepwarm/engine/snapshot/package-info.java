/** Prepares the functions for a SnapStart snapshot of their process, and restores them. */
@NullMarked
package dev.keepwarm.engine.snapshot;

import org.jspecify.annotations.NullMarked;
