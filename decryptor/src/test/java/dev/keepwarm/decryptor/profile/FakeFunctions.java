package dev.keepwarm.decryptor.profile;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** Functions in memory: one answers all. Thread-safe. */
final class FakeFunctions implements FunctionInvoker {
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final java.util.function.Function<String, Answer> behaviour;

  /** One call; the request is JSON. */
  record Call(String function, String request, Duration timeout) {}

  private FakeFunctions(java.util.function.Function<String, Answer> behaviour) {
    this.behaviour = behaviour;
  }

  /** Answers every request with what comes of it, both JSON. */
  static FakeFunctions returning(UnaryOperator<String> answer) {
    return new FakeFunctions(
        request -> new Returned(answer.apply(request).getBytes(StandardCharsets.UTF_8)));
  }

  /** Fails every request. */
  static FakeFunctions failing(String errorType) {
    return new FakeFunctions(request -> new Failed(errorType));
  }

  List<Call> calls() {
    return List.copyOf(calls);
  }

  @Override
  public Answer invoke(String function, byte[] request, Duration timeout) {
    String json = new String(request, StandardCharsets.UTF_8);
    calls.add(new Call(function, json, timeout));
    return behaviour.apply(json);
  }
}
