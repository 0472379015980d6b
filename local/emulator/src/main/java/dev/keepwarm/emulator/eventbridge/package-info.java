/** EventBridge: buses, rules and their targets. */
@NullMarked
package dev.keepwarm.emulator.eventbridge;

import org.jspecify.annotations.NullMarked;
