/** Estimates the cost of a month on AWS from a price list and the protocol. */
@NullMarked
package dev.keepwarm.cli.cost;

import org.jspecify.annotations.NullMarked;
