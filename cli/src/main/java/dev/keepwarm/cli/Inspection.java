package dev.keepwarm.cli;

import dev.keepwarm.engine.Settings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks the dependencies of Keepwarm. The checks run concurrently, because one that gets no answer
 * takes its whole timeout. Not thread-safe.
 */
final class Inspection {
  private final Ports ports;
  private final List<Runnable> questions = new ArrayList<>();

  Inspection(Ports ports) {
    this.ports = ports;
  }

  /** The result of a check that runs together with others. */
  static final class Later<T> {
    private final AtomicReference<@Nullable Check<T>> answer = new AtomicReference<>();

    private Later() {}

    Check<T> get() {
      Check<T> given = answer.get();
      if (given == null) {
        throw new IllegalStateException("not asked yet");
      }
      return given;
    }
  }

  /** Adds a check. */
  <T> Later<T> ask(String name, String remark, Supplier<T> question) {
    Later<T> later = new Later<>();
    questions.add(() -> later.answer.set(Check.ask(name, remark, question)));
    return later;
  }

  /** The cache table. */
  <T> Later<T> cache(Supplier<T> question) {
    return ask("cache table", ports.settings().cacheTable(), question);
  }

  /** The wheel table. */
  <T> Later<T> wheel(Supplier<T> question) {
    return ask("wheel table", ports.settings().wheelTable(), question);
  }

  /** The source. */
  Later<Boolean> source() {
    Settings settings = ports.settings();
    return ask("source", settings.source().text(), source(ports));
  }

  /** The KMS key. */
  Later<String> key() {
    return ask("KMS key", ports.settings().kmsKey(), ports.keyState());
  }

  /** The bus. */
  Later<Boolean> bus() {
    return ask("event bus", ports.settings().bus(), bus(ports));
  }

  /** The queues. */
  Map<Queues.Name, Later<Queues.Depth>> queues() {
    Map<Queues.Name, Later<Queues.Depth>> depths = new EnumMap<>(Queues.Name.class);
    for (Queues.Name name : Queues.Name.values()) {
      depths.put(name, ask("queue " + name.text(), "", () -> ports.queues().depth(name)));
    }
    return depths;
  }

  /** Whether the source answers. */
  static Supplier<Boolean> source(Ports ports) {
    return () -> ports.source().tenants(null, 1) != null;
  }

  /** Whether the bus exists. */
  static Supplier<Boolean> bus(Ports ports) {
    return () -> {
      ports.busCheck().run();
      return true;
    };
  }

  /** Runs all checks. */
  void run() {
    ports.calls().each(questions, Runnable::run);
  }

  static Map<Queues.Name, Check<Queues.Depth>> answers(
      Map<Queues.Name, Later<Queues.Depth>> depths) {
    Map<Queues.Name, Check<Queues.Depth>> queues = new EnumMap<>(Queues.Name.class);
    depths.forEach((name, depth) -> queues.put(name, depth.get()));
    return queues;
  }
}
