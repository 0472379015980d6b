/**
 * Database connections whose user and password are credentials from Keepwarm.
 *
 * <p>Start at {@link dev.keepwarm.jdbc.KeepwarmDataSource}.
 */
@NullMarked
package dev.keepwarm.jdbc;

import org.jspecify.annotations.NullMarked;
