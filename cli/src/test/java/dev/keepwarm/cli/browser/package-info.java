/** Tests of the console's page in a real browser. */
@NullMarked
package dev.keepwarm.cli.browser;

import org.jspecify.annotations.NullMarked;
