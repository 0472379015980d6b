/** Lambda: functions in this process or their own, and what polls queues for them. */
@NullMarked
package dev.keepwarm.emulator.lambda;

import org.jspecify.annotations.NullMarked;
