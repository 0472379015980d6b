/** Keepwarm on AWS, as one CDK construct. */
@NullMarked
package dev.keepwarm.infra;

import org.jspecify.annotations.NullMarked;
