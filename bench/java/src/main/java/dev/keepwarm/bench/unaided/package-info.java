/**
 * A trial: Keepwarm's resolver with the AWS SDK's model classes, but none of its clients. What came
 * of it is in {@code docs/decisions/0024-the-resolver-keeps-the-sdk.md}.
 */
@NullMarked
package dev.keepwarm.bench.unaided;

import org.jspecify.annotations.NullMarked;
