package dev.keepwarm.simulation;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.warmer.Resolvers;
import dev.keepwarm.warmer.Warmer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs the functions: the decryptor on messages, the warmer on its schedule, and the resolver. */
final class Platform {
  private static final Duration RETRY_FAILED = Duration.ofSeconds(30);

  private final SimulatedWorld world;
  private final Lifetimes lifetimes = Lifetimes.of(Duration.ofMillis(SimulatedWorld.TTL));
  private int processes;
  private long leases;

  Platform(SimulatedWorld world) {
    this.world = world;
  }

  /** A new process. */
  Proc process(String name) {
    return new Proc(world, name + " " + ++processes, false);
  }

  /** A new process of a reader. */
  Proc readersProcess(String name) {
    return new Proc(world, name + " " + ++processes, true);
  }

  /** Passes batches to a decryptor continuously; a decryptor that stops is replaced. */
  void consume(Queue queue, int batchSize) {
    world
        .scheduler()
        .spawn(
            0,
            () -> {
              while (true) {
                Proc proc = process("decryptor");
                Decryptor decryptor = decryptor(proc);
                while (!proc.isDead()) {
                  List<Queue.Message> batch = queue.receive(batchSize);
                  proc.within(() -> handle(queue, batch, proc, decryptor));
                }
              }
            });
  }

  private void handle(Queue queue, List<Queue.Message> batch, Proc proc, Decryptor decryptor) {
    proc.begin();
    List<String> failed;
    try {
      failed =
          decryptor.handle(
              batch.stream().map(m -> new Decryptor.Message(m.id, envelope(m.published))).toList(),
              proc::millisLeft);
    } catch (Crash e) {
      return;
    }
    for (Queue.Message message : batch) {
      boolean done = !failed.contains(message.id);
      world.log(() ->
          (done ? "done: " : "failed: ")
              + message.id
              + " "
              + SimulatedWorld.text(message.published.event()));
      if (done) {
        queue.delete(message);
      }
    }
  }

  private Decryptor decryptor(Proc proc) {
    Ports ports = new Ports(world, proc);
    return new Decryptor(
        new Decryptor.Ports(
            new Decryptor.Stores(ports.table(), ports.wheel(new ArrayList<>()), ports.source()),
            new Decryptor.Crypto(
                Platform::decode, ports.keys(), Envelope.of(Ports.seeded(world.random()))),
            ports.bus(new ArrayList<>()),
            Events::parse,
            new Decryptor.Fanouts(ports.fanout(), ports.fanout(), ports.fanout()),
            proc.clock(),
            duration -> {
              boolean unused = world.scheduler().pause(duration.toMillis());
            },
            () -> "lease-" + ++leases,
            new Log(world.logs(), proc.clock(), "decryptor")),
        lifetimes,
        RETRY_FAILED,
        world.vouching() ? freshness(proc, ports) : null);
  }

  private Freshness freshness(Proc proc, Ports ports) {
    return new Freshness(
        new Freshness.Ports(
            ports.freshness(),
            ports.cipher(),
            Kms.signingContext(DynamoTables.CACHE),
            () -> "generation-" + ++leases,
            Ports.seeded(world.random())),
        ports.source(),
        proc.clock(),
        lifetimes,
        Duration.ofMillis(SimulatedWorld.SEAL_LIFE),
        SimulatedWorld.SLOTS);
  }

  private static Decoder.Outcome decode(SourceRow.Original original) {
    return original.ciphertext().startsWith("broken ")
        ? new Decoder.Undecodable("BAD_PADDING")
        : new Decoder.Decoded(original.ciphertext().getBytes(StandardCharsets.UTF_8));
  }

  /** The envelope of EventBridge, whose times are whole seconds. */
  private static String envelope(Queue.Published published) {
    return "{\"time\":\"%s\",\"id\":\"%s\",\"source\":\"keepwarm\",\"detail-type\":\"%s\",\"detail\":%s}"
        .formatted(
            Instant.ofEpochMilli(published.at()).truncatedTo(ChronoUnit.SECONDS),
            published.id(),
            Events.detailType(published.event()),
            Events.detail(published.event()));
  }

  /** One invocation of the warmer, in a process of its own. */
  void tick() {
    Proc proc = process("warmer");
    Ports ports = new Ports(world, proc);
    List<String> accepted = new ArrayList<>();
    Warmer warmer =
        new Warmer(
            new Warmer.Ports(
                ports.wheel(accepted),
                ports.source(),
                ports.bus(accepted),
                Resolvers.NONE,
                ports.fanout(),
                proc.clock(),
                new Log(world.logs(), proc.clock(), "warmer")),
            Warmer.Plan.turning(SimulatedWorld.SLOTS, SimulatedWorld.SLOT)
                .dropping(Duration.ofMillis(world.idleAfter()))
                .inWholeSlots(world.vouching()));
    proc.within(() -> {
      try {
        Warmer.Tick unused = warmer.tick(proc::millisLeft);
      } catch (Crash | KeepwarmException e) {
        // The next tick continues.
      }
    });
  }

  /** Invokes the resolver, which continues even if its caller does not wait any more. */
  ResolveAnswer resolve(ResolveRequest request) {
    Proc proc = process("resolver");
    Set<SealedCredential> before = world.sealed(request.tenant());
    FutureTask<ResolveAnswer> invocation =
        new FutureTask<>(() -> decryptor(proc).resolve(request, proc::millisLeft));
    world.scheduler().spawnApart(0, () -> proc.within(invocation));
    try {
      ResolveAnswer answer = invocation.get();
      // Only if the resolver stored a new value, because otherwise the read may not have missed.
      if (answer instanceof ResolveAnswer.Resolved resolved
          && resolved.entries().stream()
              .anyMatch(entry -> entry.sealed() != null && !before.contains(entry.sealed()))) {
        world.resolved(request.tenant());
      }
      return answer;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Crash) {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the function stopped");
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
