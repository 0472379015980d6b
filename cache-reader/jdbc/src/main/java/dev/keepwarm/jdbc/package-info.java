/**
 * Database connections whose user and password are credentials of Keepwarm's.
 *
 * <p>Start at {@link dev.keepwarm.jdbc.KeepwarmDataSource}.
 */
@NullMarked
package dev.keepwarm.jdbc;

import org.jspecify.annotations.NullMarked;
