/**
 * Decodes values that the encryption helpers of old .NET applications have stored. There is one
 * decoder, driven by parameters. It returns exactly what .NET returns, and is strict where .NET is
 * lenient.
 */
@NullMarked
package dev.keepwarm.decryptor.dotnet;

import org.jspecify.annotations.NullMarked;
