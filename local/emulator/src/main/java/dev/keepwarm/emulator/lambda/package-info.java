/** Lambda: functions in this process or in separate ones, and the pollers of their queues. */
@NullMarked
package dev.keepwarm.emulator.lambda;

import org.jspecify.annotations.NullMarked;
