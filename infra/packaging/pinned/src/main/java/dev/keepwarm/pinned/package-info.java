/** How a function of the pinned package starts. */
@NullMarked
package dev.keepwarm.pinned;

import org.jspecify.annotations.NullMarked;
