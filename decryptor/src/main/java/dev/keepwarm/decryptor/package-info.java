/**
 * The decryptor: reads the source, decodes, seals and stores, following the refresh protocol. It
 * also answers resolves.
 *
 * <p>{@link dev.keepwarm.decryptor.Decryptor} puts the parts together. The handlers connect it to
 * Lambda.
 */
@NullMarked
package dev.keepwarm.decryptor;

import org.jspecify.annotations.NullMarked;
