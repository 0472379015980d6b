package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.OnMiss;
import dev.keepwarm.reader.SimulatedReader;
import dev.keepwarm.reader.TenantCredentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** A process that uses credentials; if it stops, another one replaces it. */
final class Caller {
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private final SimulatedWorld world;
  private final String name;
  private final long nearTtl;
  private final OnMiss onMiss;
  private final Function<String, Proc> processes;
  private final Function<ResolveRequest, ResolveAnswer> resolver;
  private Running running;

  /** One process and its reader. */
  private record Running(Proc proc, KeepwarmReader reader) {}

  /**
   * A caller.
   *
   * @param nearTtl in milliseconds
   * @param processes makes processes
   * @param resolver the resolving function
   */
  Caller(
      SimulatedWorld world,
      String name,
      long nearTtl,
      OnMiss onMiss,
      Function<String, Proc> processes,
      Function<ResolveRequest, ResolveAnswer> resolver) {
    this.world = world;
    this.name = name;
    this.nearTtl = nearTtl;
    this.onMiss = onMiss;
    this.processes = processes;
    this.resolver = resolver;
    this.running = start();
  }

  private Running start() {
    Proc proc = processes.apply(name);
    Ports ports = new Ports(world, proc);
    KeepwarmReader reader =
        SimulatedReader.of(
            SimulatedReader.builder(
                    ports.readersTable(),
                    ports.keys(),
                    request ->
                        proc.call(Dependency.RESOLVER, "invoke", () -> resolver.apply(request)),
                    ports.bus(new ArrayList<>()))
                .onMiss(onMiss)
                .deadline(DEADLINE)
                .nearTtl(Duration.ofMillis(nearTtl))
                .clock(proc.clock())
                .ticker(() -> proc.ticks() * 1_000_000),
            body -> world.scheduler().thread(proc.group(), body),
            (delay, action) -> proc.after(delay.toMillis(), action),
            delay -> {
              boolean unused = world.scheduler().pause(delay.toMillis());
            });
    return new Running(proc, reader);
  }

  /** Reads a credential. */
  void read(CredentialId id) {
    call(process -> {
      long begunAt = world.scheduler().now();
      long stale = process.reader.stats().staleServed();
      Credential credential = process.reader.get(id);
      checkExpiry(process, credential);
      // During an outage a reader may serve near entries for longer. The usual limit is promised
      // only while the table answers. A freeze of the reader is not an outage.
      boolean outage =
          process.reader.stats().staleServed() > stale
              && process.proc.troubleAt() >= begunAt - nearTtl;
      String value = credential.text();
      world.log(() ->
          process.proc.name() + ": reads " + id + ", " + value + (outage ? " (an outage)" : ""));
      if (!outage) {
        world.check(name, id, value, begunAt, slack(process));
      }
    });
  }

  /** Reads a credential after the faults have ended: there must be an answer. */
  void readAnswer(CredentialId id) {
    call(process -> {
      // Another resolver, whose clock is ahead, may give up an announced version in the meantime.
      boolean mayLack = world.mayLackAnswer(id);
      try {
        Credential unused = process.reader.get(id);
      } catch (KeepwarmException e) {
        if ((e.code() == ErrorCode.UNAVAILABLE || e.code() == ErrorCode.TIMEOUT)
            && !mayLack
            && !world.mayLackAnswer(id)) {
          throw world.violation(
              "6: %s gets no answer of %s: %s".formatted(name, id, e.getMessage()));
        }
      }
      read(id);
    });
  }

  /** Reads all of a tenant's credentials. */
  void readAll(String tenant) {
    call(process -> {
      long begunAt = world.scheduler().now();
      List<Entry> warm = world.warm(tenant, process.proc.now());
      TenantCredentials all = process.reader.getAll(tenant);
      checkComplete(process, all, warm);
      all.credentials()
          .forEach((credentialName, credential) -> {
            checkExpiry(process, credential);
            world.check(
                name,
                new CredentialId(tenant, credentialName),
                credential.text(),
                begunAt,
                slack(process));
          });
    });
  }

  /**
   * Checks an answer against each entry that was warm during the whole read and says how many
   * credentials there are. The answer has to name all credentials that the source has had since
   * before that entry was written.
   */
  private void checkComplete(Running process, TenantCredentials all, List<Entry> warmBefore) {
    long named = all.credentials().size() + all.failures().size();
    for (Entry entry : world.warm(all.tenant(), process.proc.now())) {
      long before = entry.writtenAt() - 2 * Proc.MOST_SKEW;
      if (warmBefore.contains(entry)
          && named < entry.siblings()
          && named < world.atSourceSince(all.tenant(), before)) {
        throw world.violation(
            "getAll of %s: %s got %d of %d, and nothing told that some are missing"
                .formatted(all.tenant(), name, named, entry.siblings()));
      }
    }
  }

  /** Uses a credential that is rejected. */
  void reject(CredentialId id) {
    call(process -> {
      int[] calls = {0};
      long[] begunAt = {0};
      try {
        Credential newer =
            process.reader.withCredential(
                id,
                credential -> {
                  if (++calls[0] == 1) {
                    begunAt[0] = world.scheduler().now();
                    throw new CredentialRejectedException("rejected");
                  }
                  return credential;
                });
        checkExpiry(process, newer);
        // Callers with the same rejection share a lookup, which ends at the deadline.
        world.check(
            name, id, newer.text(), begunAt[0], DEADLINE.toMillis() + process.proc.clockError());
      } catch (CredentialRejectedException e) {
        // The source has no newer version.
      }
    });
  }

  /** Invalidates a credential. */
  void invalidate(CredentialId id) {
    call(process -> process.reader.invalidate(id));
  }

  private void call(Consumer<Running> call) {
    Running process = running;
    process.proc.within(() -> call(process, call));
  }

  private void call(Running process, Consumer<Running> call) {
    process.proc.begin();
    try {
      call.accept(process);
    } catch (KeepwarmException e) {
      world.checkNoSecret("an exception", e.getMessage());
      world.log(() -> process.proc.name() + ": " + e.getMessage());
      if (e.code() == ErrorCode.TAMPERED) {
        throw world.violation("an entry of ours does not unseal");
      }
    } catch (Crash e) {
      if (running == process) {
        running = start();
      }
    }
  }

  private long slack(Running process) {
    return nearTtl == 0 ? 0 : nearTtl + process.proc.clockError();
  }

  private void checkExpiry(Running process, Credential credential) {
    if (credential.expiresAt().toEpochMilli() <= process.proc.now()) {
      throw world.violation("3: " + name + " got " + credential.id() + " past its hard expiry");
    }
  }
}
