/** How the warmer's work grows, or does not, with the number of tenants that are enrolled. */
@NullMarked
package dev.keepwarm.bench.scale;

import org.jspecify.annotations.NullMarked;
