package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.LocalFunction;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The effect of a warmer's tick on the next miss, with the resolver as a process. */
@ExtendWith(EndpointsExtension.class)
class WarmResolverIT {
  @Test
  void aMissAfterATickMeetsNoColdStart(Endpoints endpoints) throws Exception {
    try (EndpointWorld world = EndpointWorld.on(endpoints);
        ProcessFunction resolver = DecryptorProcess.of(world, "ResolveHandler", Map.of())) {
      BlockingQueue<String> answers = new LinkedBlockingQueue<>();
      endpoints
          .lambda()
          .register(
              world.stack().resources().names().resolver(),
              new Noted(resolver, answers),
              Patience.LIMIT);
      CredentialId id = EndpointWorld.newId("payroll");
      world.atSource(id, "the cold one", 1);

      world.tick();
      assertThat(answers.take()).as("what the warm-up got").isEqualTo("{\"entries\":[]}");
      assertThat(resolver.coldStarts()).hasSize(1);

      assertThat(world.read(id)).isEqualTo("the cold one");
      assertThat(answers.take()).contains("READY");
      assertThat(world.reader().stats().misses()).isEqualTo(1);
      assertThat(resolver.coldStarts()).as("processes, after the miss").hasSize(1);
    }
  }

  @Test
  void aTickWithoutAResolverIsAsGoodAsAnyOther(Endpoints endpoints) {
    Map<String, String> settings = Map.of("KEEPWARM_RESOLVER", "there-is-none");
    try (EndpointWorld world = EndpointWorld.on(endpoints, settings, 1000)) {
      CredentialId id = EndpointWorld.newId("payroll");
      world.atSource(id, "warm all the same", 1);
      world.wheel().enrol(id.tenant());

      world.tick();

      world.awaitReady(id, 1);
      assertThat(world.read(id)).isEqualTo("warm all the same");
      assertThat(world.printed()).contains("resolver not kept warm", "\"PingsFailed\":1");
    }
  }

  /** A function whose answers are recorded when its process is free for the next invocation. */
  private record Noted(LocalFunction function, BlockingQueue<String> answers)
      implements LocalFunction {
    @Override
    public byte[] invoke(byte[] payload, Duration timeout)
        throws FunctionException, InterruptedException {
      byte[] answer = function.invoke(payload, timeout);
      answers.add(new String(answer, StandardCharsets.UTF_8));
      return answer;
    }

    @Override
    public void close() {
      function.close();
    }
  }
}
