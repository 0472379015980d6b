/**
 * The sources: the built-in table, any database that has a JDBC driver, and AWS Secrets Manager.
 *
 * <p>{@link dev.keepwarm.source.Sources} opens the one that the environment names.
 */
@NullMarked
package dev.keepwarm.source;

import org.jspecify.annotations.NullMarked;
