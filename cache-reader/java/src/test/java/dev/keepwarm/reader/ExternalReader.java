package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.ResolveRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A reader in another process, whose table, KMS, decryptor, bus and clocks are a {@link
 * ReaderWorld}'s: see {@code cache-reader/contract/README.md}. Not thread-safe, except its calls.
 */
final class ExternalReader implements KeepwarmReader {
  private final Process process;
  private final Pipe pipe;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Fields>> waiting = new ConcurrentHashMap<>();
  private final Map<Integer, Function<Credential, Boolean>> uses = new ConcurrentHashMap<>();
  private volatile ReaderWorld world;
  private volatile Runnable pause = () -> {};
  private volatile long firstTick;

  ExternalReader(List<String> command, ReaderWorld world) throws IOException {
    this.world = world;
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.pipe = new Pipe(process.getInputStream(), process.getOutputStream());
    Thread.startVirtualThread(this::listen);
  }

  /** Continues as another reader, in another world. */
  void begin(ReaderWorld world, Map<String, Object> settings, Runnable pause) {
    this.world = world;
    this.pause = pause;
    this.firstTick = world.ticks.get();
    send(Map.of("new", settings));
  }

  /** Lets the deadlines of all work in progress pass. */
  void deadline() {
    send(Map.of("deadline", Map.of()));
  }

  /** Waits until no work is in progress. */
  void settle() {
    Fields settled = ask("settle", Map.of());
    assert settled != null;
  }

  @Override
  public void prime() {}

  @Override
  public Credential get(String tenant, String name) {
    Fields end = ask("get", Map.of("tenant", tenant, "name", name));
    return credential(new CredentialId(tenant, name), end);
  }

  @Override
  public Credential get(CredentialId id, ReadOptions options) {
    return get(id.tenant(), id.name());
  }

  @Override
  public TenantCredentials getAll(String tenant) {
    Fields end = ask("getAll", Map.of("tenant", tenant));
    Map<String, Credential> credentials = new HashMap<>();
    end.object("credentials")
        .all()
        .forEach((name, value) ->
            credentials.put(name, credential(new CredentialId(tenant, name), 0, (String) value)));
    Map<String, ErrorCode> failures = new HashMap<>();
    end.object("failures")
        .all()
        .forEach((name, code) -> failures.put(name, ErrorCode.valueOf((String) code)));
    return new TenantCredentials(tenant, credentials, failures);
  }

  @Override
  public <T, E extends Exception> T withCredential(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) {
    CompletableFuture<T> result = new CompletableFuture<>();
    int number = numbers.incrementAndGet();
    uses.put(
        number,
        credential -> {
          try {
            return result.complete(use.apply(credential));
          } catch (CredentialRejectedException e) {
            return false;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    Fields end = ask(number, "withCredential", Pipe.json(id));
    if (end.text("result").equals("rejected")) {
      throw new CredentialRejectedException("told so");
    }
    return result.join();
  }

  @Override
  public void invalidate(String tenant, String name) {
    Fields end = ask("invalidate", Map.of("tenant", tenant, "name", name));
    assert end != null;
  }

  @Override
  public void invalidate(CredentialId id) {
    invalidate(id.tenant(), id.name());
  }

  @Override
  public void forget(CredentialId id) {
    Fields end = ask("forget", Pipe.json(id));
    assert end != null;
  }

  @Override
  public ReaderStats stats() {
    Fields counts = ask("stats", Map.of()).object("counts");
    return new ReaderStats(
        counts.number("nearHits", 0),
        counts.number("cacheReads", 0),
        counts.number("misses", 0),
        counts.number("resolves", 0),
        counts.number("unwraps", 0),
        counts.number("refreshes", 0),
        counts.number("staleServed", 0),
        counts.number("outages", 0),
        counts.number("timeouts", 0),
        counts.number("tampered", 0),
        counts.number("wrongKeys", 0),
        counts.number("rejections", 0));
  }

  /** Ends the process. */
  @Override
  public void close() {
    process.destroy();
  }

  @Override
  public CompletableFuture<Credential> getAsync(CredentialId id, ReadOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<TenantCredentials> getAllAsync(String tenant) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, CredentialUse<T, E> use) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<CredentialId> invalidateAsync(CredentialId id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void forgetAll() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void printMetrics(PrintStream out) {
    throw new UnsupportedOperationException();
  }

  private Fields ask(String what, Map<String, ?> about) {
    return ask(numbers.incrementAndGet(), what, about);
  }

  private Fields ask(int number, String what, Map<String, ?> about) {
    CompletableFuture<Fields> end = new CompletableFuture<>();
    waiting.put(number, end);
    send(Map.of("call", number, what, about));
    try {
      return end.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof KeepwarmException known ? Failures.again(known) : e;
    }
  }

  /** Each message contains the time. */
  private void send(Map<String, ?> message) {
    Map<String, Object> dated = new HashMap<>(message);
    dated.put("wall", world.clock.millis());
    dated.put("elapsed", (world.ticks.get() - firstTick) / 1_000_000);
    pipe.send(dated);
  }

  private void listen() {
    AssertionError end = new AssertionError("the reader's process has ended");
    try {
      for (Fields message = pipe.receive(); message != null; message = pipe.receive()) {
        Fields received = message;
        if (message.has("request")) {
          Thread.startVirtualThread(() -> answer(received));
        } else {
          end(message);
        }
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      end.addSuppressed(e);
    }
    waiting.values().forEach(each -> each.completeExceptionally(end));
  }

  private void end(Fields message) {
    int number = (int) message.number("ended");
    CompletableFuture<Fields> end = waiting.remove(number);
    if (end == null) {
      throw new AssertionError("nobody waits for " + message);
    }
    if (message.has("error")) {
      end.completeExceptionally(Pipe.exception(message));
    } else {
      end.complete(message);
    }
  }

  private void answer(Fields request) {
    Map<String, Object> reply = new HashMap<>();
    reply.put("reply", request.number("request"));
    try {
      reply.put("result", result(request));
    } catch (WrongKeyException e) {
      reply.put("error", "WRONG_KEY");
    } catch (KeepwarmException e) {
      reply.put("error", e.code().name());
    }
    send(reply);
  }

  private Map<String, Object> result(Fields request) {
    if (request.has("getItem")) {
      Fields asked = request.object("getItem");
      return asked.text("tenant").startsWith("#") ? getRecord(asked) : getItem(id(asked));
    }
    if (request.has("query")) {
      return query(request.object("query").text("tenant"));
    }
    if (request.has("decrypt")) {
      return decrypt(request.object("decrypt"));
    }
    if (request.has("resolve")) {
      Fields asked = request.object("resolve");
      return Map.of(
          "text",
          world.resolver.text(
              new ResolveRequest(
                  asked.text("tenant"),
                  asked.has("name") ? asked.text("name") : null,
                  asked.has("newerThan") ? asked.number("newerThan") : null)));
    }
    if (request.has("publish")) {
      Fields event = request.object("publish");
      return world
              .bus
              .publish(
                  List.of(Events.parse(event.text("type"), event.object("detail").all())),
                  EventBus.PATIENCE)
              .isEmpty()
          ? Map.of()
          : Map.of("refused", true);
    }
    if (request.has("pause")) {
      pause.run();
      return Map.of();
    }
    Fields use = request.object("use");
    Function<Credential, Boolean> function = uses.get((int) use.number("call"));
    return Map.of("accepted", function.apply(credential(ReaderWorld.BANK, use)));
  }

  /** The item unchanged: the reader must notice whether it is an entry. */
  private Map<String, Object> getItem(CredentialId id) {
    Map<String, AttributeValue> item = world.table.item(id);
    unlessTampered(() -> world.table.read(id));
    return item == null ? Map.of() : Map.of("item", Pipe.json(item));
  }

  private Map<String, Object> getRecord(Fields key) {
    String tenant = key.text("tenant");
    String name = key.text("name");
    List<Map<String, Object>> items =
        world.table.items().stream()
            .filter(item -> item.get("tenant").s().equals(tenant))
            .filter(item -> item.get("name").s().equals(name))
            .map(Pipe::json)
            .toList();
    unlessTampered(() -> world.table.readRecord(Integer.parseInt(tenant.substring(1))));
    return items.isEmpty() ? Map.of() : Map.of("item", items.getFirst());
  }

  private Map<String, Object> query(String tenant) {
    List<Map<String, Object>> items =
        world.table.items().stream()
            .filter(item -> item.get("tenant").s().equals(tenant))
            .map(Pipe::json)
            .toList();
    unlessTampered(() -> world.table.readItems(tenant));
    return Map.of("items", items);
  }

  private static void unlessTampered(Supplier<@Nullable Object> read) {
    try {
      Object unused = read.get();
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
    }
  }

  private Map<String, Object> decrypt(Fields request) {
    String tenant = request.text("tenant");
    SdkBytes wrapped = SdkBytes.fromByteArray(Pipe.bytes(request.text("ciphertext")));
    Object counted = world.keys.unwrap(tenant, wrapped, 0);
    assert counted != null;
    byte[] plaintext = world.keys.decrypt(wrapped, Kms.tenantContext(tenant));
    return Map.of("plaintext", Pipe.base64(plaintext));
  }

  private static CredentialId id(Fields fields) {
    return new CredentialId(fields.text("tenant"), fields.text("name"));
  }

  private static Credential credential(CredentialId id, Fields fields) {
    return credential(id, fields.number("version"), fields.text("value"));
  }

  private static Credential credential(CredentialId id, long version, String value) {
    return Credential.of(id, version, Instant.EPOCH, value);
  }
}
