package dev.keepwarm.warmer;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.SequentialFanout;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

final class WarmerHandlerTest {
  private final ManualClock clock = new ManualClock();
  private final MemoryWheel wheel = new MemoryWheel(10);
  private final MemoryBus bus = new MemoryBus();
  private final WarmerHandler handler =
      new WarmerHandler(
          new Warmer(
              new Warmer.Ports(
                  wheel,
                  new MemorySource(),
                  bus,
                  Resolvers.NONE,
                  new SequentialFanout(),
                  clock,
                  new Log(new PrintStream(OutputStream.nullOutputStream()), clock, "warmer")),
              Warmer.Plan.turning(10, 100)));

  @Test
  void anInvocationIsATick() {
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(handler.handleRequest(new ScheduledEvent(), withMillisLeft(60_000))).isNull();

    assertThat(bus.published()).hasSize(1);
  }

  @Test
  void aTickKnowsHowLongTheInvocationLasts() {
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(handler.handleRequest(new ScheduledEvent(), withMillisLeft(4_999))).isNull();

    assertThat(bus.published()).isEmpty();
    assertThat(wheel.cursor()).isNull();
  }

  private static Context withMillisLeft(int millis) {
    return (Context)
        Proxy.newProxyInstance(
            WarmerHandlerTest.class.getClassLoader(),
            new Class<?>[] {Context.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("getRemainingTimeInMillis")) {
                throw new UnsupportedOperationException(method.getName());
              }
              return millis;
            });
  }
}
