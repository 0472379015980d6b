/**
 * The embedded AWS stack: DynamoDB Local, ElasticMQ, and endpoints for KMS, EventBridge and Lambda
 * that speak the AWS wire protocols, all on loopback.
 */
@NullMarked
package dev.keepwarm.emulator;

import org.jspecify.annotations.NullMarked;
