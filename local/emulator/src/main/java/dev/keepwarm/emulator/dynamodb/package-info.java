/** DynamoDB: DynamoDB Local, as a process. */
@NullMarked
package dev.keepwarm.emulator.dynamodb;

import org.jspecify.annotations.NullMarked;
