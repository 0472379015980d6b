/** What a month on AWS costs, worked out from a price list and the protocol. */
@NullMarked
package dev.keepwarm.cli.cost;

import org.jspecify.annotations.NullMarked;
