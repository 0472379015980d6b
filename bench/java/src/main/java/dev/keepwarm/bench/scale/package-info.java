/** How the warmer's work depends on the number of enrolled tenants. */
@NullMarked
package dev.keepwarm.bench.scale;

import org.jspecify.annotations.NullMarked;
