/**
 * Decodes what the encryption helpers of old .NET applications have stored: one decoder, driven by
 * parameters, bit for bit what .NET would return and strict wherever .NET is lenient.
 */
@NullMarked
package dev.keepwarm.decryptor.dotnet;

import org.jspecify.annotations.NullMarked;
