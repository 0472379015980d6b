/**
 * Reads a VB.NET or C# helper and says which parameters of the {@code dotnet} scheme it shows.
 *
 * <p>It looks for calls, as the tables of {@code docs/migrating.md} do, and follows the names of
 * their arguments to constants of the same file. It does not compile, and never guesses a constant
 * that it did not read.
 */
@NullMarked
package dev.keepwarm.cli.explain;

import org.jspecify.annotations.NullMarked;
