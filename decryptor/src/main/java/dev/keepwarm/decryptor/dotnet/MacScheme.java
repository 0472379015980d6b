package dev.keepwarm.decryptor.dotnet;

/**
 * How values are authenticated.
 *
 * @param keyBytes how many bytes the key has if the key derivation gives it
 * @param ofCiphertextAlone whether the HMAC covers the ciphertext alone, and nothing around it
 */
record MacScheme(Hash hash, MacKeySource keySource, int keyBytes, boolean ofCiphertextAlone) {}
