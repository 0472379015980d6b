/**
 * Reads a VB.NET or C# helper and derives the parameters of the {@code dotnet} scheme from it.
 *
 * <p>It looks for the calls that the tables of {@code docs/migrating.md} list, and follows the
 * names of their arguments to constants of the same file. It does not compile the source, and never
 * guesses a constant that it did not read.
 */
@NullMarked
package dev.keepwarm.cli.explain;

import org.jspecify.annotations.NullMarked;
