/** SQS: ElasticMQ, in this process. */
@NullMarked
package dev.keepwarm.emulator.sqs;

import org.jspecify.annotations.NullMarked;
