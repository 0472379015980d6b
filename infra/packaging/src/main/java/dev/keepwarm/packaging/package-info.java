/** Makes the zips that the functions are deployed from. */
@NullMarked
package dev.keepwarm.packaging;

import org.jspecify.annotations.NullMarked;
