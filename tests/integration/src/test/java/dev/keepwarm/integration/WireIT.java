package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.DecryptorComposition;
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.engine.Settings;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The costs of warming a batch and of a miss, counted in requests on the wire. */
@ExtendWith(EndpointsExtension.class)
class WireIT {
  private static final List<String> SERVICES =
      List.of("DYNAMODB", "KMS", "EVENTBRIDGE", "SQS", "LAMBDA");
  private static final int TENANTS = 20;
  private static final int CREDENTIALS_OF_EACH = 5;

  /** With this lifetime, entries are due again after a second. */
  private static final String TTL = "6s";

  @Test
  void aBatchCostsTwoQueriesAndAKeyForEachTenantAndAPutForEachCredential(Endpoints endpoints) {
    endpoints.assumeEmbedded();
    try (EndpointWorld world = EndpointWorld.idle(endpoints);
        Wire wire = Wire.of(endpoints)) {
      List<CredentialId> ids = atSource(world);
      Decryptor.Message due = due(ids);
      Map<String, String> environment = new LinkedHashMap<>(world.environmentOfFunctions());
      environment.put("KEEPWARM_TTL", TTL);
      environment.putAll(wire.environment());

      try (DecryptorComposition process =
          DecryptorComposition.of(environment, world.log(), Patience.CALLS)) {
        assertThat(quick(wire.during(() -> handle(process, due))))
            .isEqualTo(
                Map.of(
                    "Query",
                    2 * TENANTS,
                    "GenerateDataKey",
                    TENANTS,
                    "Decrypt of a profile",
                    1,
                    "PutItem",
                    ids.size(),
                    // Every entry is new: "Credential Changed", ten per request.
                    "PutEvents",
                    ids.size() / 10));
        awaitDue();
        assertThat(quick(wire.during(() -> handle(process, due))))
            .isEqualTo(Map.of("Query", 2 * TENANTS, "PutItem", ids.size()));
      }

      awaitDue();
      try (DecryptorComposition next =
          DecryptorComposition.of(environment, world.log(), Patience.CALLS)) {
        assertThat(quick(wire.during(() -> handle(next, due))))
            .isEqualTo(
                Map.of(
                    "Query",
                    2 * TENANTS,
                    "Decrypt",
                    TENANTS,
                    "Decrypt of a profile",
                    1,
                    "PutItem",
                    ids.size()));
      }
    }
  }

  /**
   * The calls that a caller waits for on a miss. Each line below is a step whose calls run
   * concurrently. Each answer is held back until all calls of its line have arrived, so the test
   * does not depend on timing.
   */
  @Test
  void aMissIsFourCallsDeepAndThreeWhereTheDataKeyIsKnown(Endpoints endpoints) {
    endpoints.assumeEmbedded();
    try (EndpointWorld world = EndpointWorld.idle(endpoints);
        Wire wire = Wire.of(endpoints)) {
      CredentialId id = EndpointWorld.newId("credential-0");
      List<CredentialId> ids =
          List.of(
              id,
              EndpointWorld.sibling(id, "credential-1"),
              EndpointWorld.sibling(id, "credential-2"));
      ids.forEach(each -> world.atSource(LegacyOriginal.of(each, 1)));
      Map<String, String> environment = new LinkedHashMap<>(world.environmentOfFunctions());
      environment.putAll(wire.environment());

      try (DecryptorComposition process =
          DecryptorComposition.of(environment, world.log(), Patience.CALLS)) {
        process.decryptor().preparations().forEach(Runnable::run);
        wire.expect(
            List.of("UpdateItem"),
            List.of("Query", "Query"),
            List.of("GenerateDataKey", "PutItem"),
            List.of("PutItem", "PutEvents"));
        resolve(process, ids.get(0));
        assertThat(wire.unexpected()).as("the tenant's first miss").isEmpty();

        long began = System.nanoTime();
        wire.expect(
            List.of("UpdateItem"), List.of("Query", "PutItem"), List.of("PutItem", "PutEvents"));
        resolve(process, ids.get(1));
        if (System.nanoTime() - began < TenantKeys.KNOWN_FOR.toNanos() / 2) {
          assertThat(wire.unexpected()).as("a miss with a data key that is known").isEmpty();
        }
      }

      try (DecryptorComposition next =
          DecryptorComposition.of(environment, world.log(), Patience.CALLS)) {
        next.decryptor().preparations().forEach(Runnable::run);
        wire.expect(
            List.of("UpdateItem"),
            List.of("Query", "Query"),
            List.of("Decrypt", "PutItem"),
            List.of("PutItem", "PutEvents"));
        resolve(next, ids.get(2));
        assertThat(wire.unexpected()).as("a miss in a new process").isEmpty();
      }
    }
  }

  private static void resolve(DecryptorComposition process, CredentialId id) {
    ResolveAnswer answer =
        process
            .decryptor()
            .resolve(new ResolveRequest(id.tenant(), id.name(), null), Patience.LIMIT::toMillis);
    assertThat(answer)
        .isInstanceOfSatisfying(
            ResolveAnswer.Resolved.class,
            resolved ->
                assertThat(resolved.entries().getFirst().state()).isEqualTo(EntryState.READY));
  }

  private static void handle(DecryptorComposition process, Decryptor.Message message) {
    assertThat(process.decryptor().handle(List.of(message), () -> 60_000)).isEmpty();
  }

  private static List<CredentialId> atSource(EndpointWorld world) {
    List<CredentialId> ids = new ArrayList<>();
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      CredentialId first = EndpointWorld.newId("credential-0");
      for (int i = 0; i < CREDENTIALS_OF_EACH; i++) {
        CredentialId id = EndpointWorld.sibling(first, "credential-" + i);
        world.atSource(LegacyOriginal.of(id, 1));
        ids.add(id);
      }
    }
    return ids;
  }

  private static Decryptor.Message due(List<CredentialId> ids) {
    Event event = new Event.TenantsDue(ids.stream().map(CredentialId::tenant).distinct().toList());
    return new Decryptor.Message(
        "1",
        "{\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(Events.SOURCE, Events.detailType(event), Events.detail(event)));
  }

  /**
   * The calls of a quick batch. A refresh that takes more than a second checks for revocations once
   * more, which is at most one Query for each tenant.
   */
  private static Map<String, Integer> quick(Map<String, Integer> calls) {
    Map<String, Integer> quick = new HashMap<>(calls);
    quick.computeIfPresent(
        "Query",
        (what, times) ->
            times > 2 * TENANTS && times <= 3 * TENANTS ? Integer.valueOf(2 * TENANTS) : times);
    return quick;
  }

  /** Waits until everything that was sealed so far is past its soft expiry. */
  private static void awaitDue() {
    InstantSource clock = InstantSource.system();
    long end = clock.millis() + Settings.of(Map.of("KEEPWARM_TTL", TTL)).lifetimes().soft();
    await().until(() -> clock.millis() >= end);
  }

  /** The calls that are expected to run concurrently. Thread-safe. */
  private static final class Rounds {
    private final List<List<String>> left = new ArrayList<>();
    private final List<String> unexpected = new ArrayList<>();

    synchronized void expect(List<List<String>> calls) {
      left.clear();
      calls.forEach(round -> left.add(new ArrayList<>(round)));
      unexpected.clear();
      notifyAll();
    }

    synchronized List<String> unexpected() {
      List<String> all = new ArrayList<>(unexpected);
      left.forEach(all::addAll);
      return all;
    }

    /** Returns when the call may continue. */
    synchronized FaultProxy.Fault arrive(String call) {
      if (!left.isEmpty()) {
        List<String> round = left.getFirst();
        if (!round.remove(call)) {
          unexpected.add(call);
        } else if (round.isEmpty()) {
          left.removeFirst();
          notifyAll();
        } else {
          awaitOthers(round);
        }
      } else {
        unexpected.add(call);
      }
      return FaultProxy.Fault.PASS;
    }

    private void awaitOthers(List<String> round) {
      try {
        while (!left.isEmpty() && left.getFirst() == round) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A counting proxy in front of each service. Thread-safe. */
  private static final class Wire implements AutoCloseable {
    private final Map<String, FaultProxy> proxies = new LinkedHashMap<>();

    /** Decrypt calls for a profile's secret, which only the encryption context identifies. */
    private final AtomicInteger profiles = new AtomicInteger();

    private final Rounds rounds = new Rounds();

    static Wire of(Endpoints endpoints) {
      Wire wire = new Wire();
      for (String service : SERVICES) {
        String variable = "AWS_ENDPOINT_URL_" + service;
        FaultProxy proxy = FaultProxy.to(endpoints.environment().get(variable));
        proxy.tap(wire::look);
        proxy.fault(wire.rounds::arrive);
        wire.proxies.put(variable, proxy);
      }
      return wire;
    }

    Map<String, String> environment() {
      Map<String, String> environment = new LinkedHashMap<>();
      proxies.forEach((variable, proxy) -> environment.put(variable, proxy.endpoint()));
      return environment;
    }

    /** From now on, answers the calls of each of these lists when all of them have arrived. */
    @SafeVarargs
    final void expect(List<String>... calls) {
      rounds.expect(List.of(calls));
    }

    /** Calls that arrived out of order, and calls that did not arrive. */
    List<String> unexpected() {
      return rounds.unexpected();
    }

    /** How many requests of each operation arrived during some work. */
    Map<String, Integer> during(Runnable work) {
      Map<String, Integer> before = counts();
      work.run();
      Map<String, Integer> counts = counts();
      before.forEach((operation, count) -> counts.merge(operation, -count, Integer::sum));
      counts.values().removeIf(count -> count == 0);
      return counts;
    }

    @Override
    public void close() {
      rounds.expect(List.of());
      proxies.values().forEach(FaultProxy::close);
    }

    private void look(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      if (text.contains("TrentService.Decrypt") && text.contains("\"profile\"")) {
        profiles.incrementAndGet();
      }
    }

    private Map<String, Integer> counts() {
      Map<String, Integer> counts = new TreeMap<>();
      proxies.values().forEach(proxy -> counts.putAll(proxy.counts()));
      counts.put("Decrypt of a profile", profiles.get());
      counts.merge("Decrypt", -profiles.get(), Integer::sum);
      return counts;
    }
  }
}
