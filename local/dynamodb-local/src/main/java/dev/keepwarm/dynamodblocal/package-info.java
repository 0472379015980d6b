/** Starts DynamoDB Local on loopback, in a separate process. */
@NullMarked
package dev.keepwarm.dynamodblocal;

import org.jspecify.annotations.NullMarked;
