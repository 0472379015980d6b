/** What the functions do before and after a SnapStart snapshot of their process. */
@NullMarked
package dev.keepwarm.engine.snapshot;

import org.jspecify.annotations.NullMarked;
