/** Starts DynamoDB Local on loopback, in a process of its own. */
@NullMarked
package dev.keepwarm.dynamodblocal;

import org.jspecify.annotations.NullMarked;
