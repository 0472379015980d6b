/**
 * The decryptor: reads the source, decodes, seals and stores, by the refresh protocol; and answers
 * resolves.
 *
 * <p>{@link dev.keepwarm.decryptor.Decryptor} puts the parts together; the handlers are the edges
 * to Lambda.
 */
@NullMarked
package dev.keepwarm.decryptor;

import org.jspecify.annotations.NullMarked;
