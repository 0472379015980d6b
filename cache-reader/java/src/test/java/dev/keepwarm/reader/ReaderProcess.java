package dev.keepwarm.reader;

import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The Java reader behind the runner protocol, as an example of the program that another language
 * needs: see {@code cache-reader/contract/README.md}.
 */
final class ReaderProcess implements EntryTable, KeyService, EventBus, Resolver {
  private final Pipe pipe = new Pipe(System.in, System.out);
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Fields>> replies = new ConcurrentHashMap<>();
  private ManualTimers alarms = new ManualTimers();
  private @Nullable KeepwarmReader reader;
  private volatile long wall;
  private volatile long elapsed;

  private ReaderProcess() {}

  public static void main(String[] arguments) throws IOException {
    new ReaderProcess().run();
  }

  private void run() throws IOException {
    for (Fields message = pipe.receive(); message != null; message = pipe.receive()) {
      wall = message.number("wall");
      elapsed = message.number("elapsed");
      if (message.has("new")) {
        begin(message.object("new"));
      } else if (message.has("deadline")) {
        alarms.ring();
      } else if (message.has("reply")) {
        CompletableFuture<Fields> reply = replies.remove((int) message.number("reply"));
        reply.complete(message);
      } else {
        call(message);
      }
    }
  }

  private void begin(Fields settings) {
    if (reader != null) {
      reader.close();
    }
    alarms = new ManualTimers();
    reader =
        KeepwarmReader.builder()
            .nearTtl(Duration.ofMillis(settings.number("nearTtl")))
            .dataKeyTtl(Duration.ofMillis(settings.number("dataKeyTtl")))
            .onMiss(OnMiss.valueOf(settings.text("onMiss").toUpperCase(Locale.ROOT)))
            .table(this)
            .keys(this)
            .events(this)
            .resolver(this)
            .clock(() -> Instant.ofEpochMilli(wall))
            .ticker(() -> elapsed * 1_000_000)
            .alarms(alarms)
            .pauses(pause -> request("pause", Map.of("ms", pause.toMillis())))
            .build();
  }

  private void call(Fields message) {
    int number = (int) message.number("call");
    KeepwarmReader asked = Objects.requireNonNull(reader);
    if (message.has("get")) {
      Fields id = message.object("get");
      start(number, () -> value(asked.get(id.text("tenant"), id.text("name"))));
    } else if (message.has("getAll")) {
      String tenant = message.object("getAll").text("tenant");
      start(number, () -> all(asked.getAll(tenant)));
    } else if (message.has("withCredential")) {
      Fields id = message.object("withCredential");
      start(number, () -> use(asked, new CredentialId(id.text("tenant"), id.text("name")), number));
    } else if (message.has("invalidate")) {
      Fields id = message.object("invalidate");
      start(
          number,
          () -> {
            asked.invalidate(id.text("tenant"), id.text("name"));
            return Map.of();
          });
    } else if (message.has("forget")) {
      Fields id = message.object("forget");
      asked.forget(new CredentialId(id.text("tenant"), id.text("name")));
      pipe.send(Map.of("ended", number));
    } else if (message.has("stats")) {
      pipe.send(Map.of("ended", number, "counts", asked.stats().counts()));
    } else {
      ManualTimers current = alarms;
      Thread.startVirtualThread(() -> {
        await()
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() -> calls.get() == 0 && current.pending() == 0);
        pipe.send(Map.of("ended", number));
      });
    }
  }

  private void start(int number, Supplier<Map<String, ?>> call) {
    calls.incrementAndGet();
    Thread.startVirtualThread(() -> {
      Map<String, Object> end = new HashMap<>();
      end.put("ended", number);
      try {
        end.putAll(call.get());
      } catch (KeepwarmException e) {
        end.put("error", e.code().name());
        if (e.failure() != null) {
          end.put("failure", e.failure());
        }
      } finally {
        calls.decrementAndGet();
      }
      pipe.send(end);
    });
  }

  private static Map<String, Object> value(Credential credential) {
    return Map.of("value", credential.text(), "version", credential.version());
  }

  private static Map<String, Object> all(TenantCredentials all) {
    Map<String, Object> credentials = new HashMap<>();
    all.credentials().forEach((name, credential) -> credentials.put(name, credential.text()));
    Map<String, Object> failures = new HashMap<>();
    all.failures().forEach((name, code) -> failures.put(name, code.name()));
    return Map.of("credentials", credentials, "failures", failures);
  }

  private Map<String, Object> use(KeepwarmReader asked, CredentialId id, int number) {
    try {
      return asked.withCredential(
          id,
          credential -> {
            Map<String, Object> use = new HashMap<>(value(credential));
            use.put("call", number);
            if (!(boolean) Objects.requireNonNull(request("use", use).value("accepted"))) {
              throw new CredentialRejectedException("the runner says so");
            }
            return Map.<String, Object>of("result", "accepted");
          });
    } catch (CredentialRejectedException e) {
      return Map.of("result", "rejected");
    }
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    Fields result = request("getItem", Pipe.json(id));
    return result.has("item") ? EntrySchema.fromItem(Pipe.item(result.object("item"))) : null;
  }

  @Override
  public @Nullable SdkBytes readRecord(int slot) {
    Map<String, AttributeValue> key = FreshnessRecord.key(slot);
    Fields result =
        request(
            "getItem",
            Map.of(
                "tenant", key.get(EntrySchema.TENANT).s(), "name", key.get(EntrySchema.NAME).s()));
    return result.has("item") ? FreshnessRecord.bytesOf(Pipe.item(result.object("item"))) : null;
  }

  @Override
  public TenantItems readItems(String tenant) {
    return EntrySchema.fromItems(
        request("query", Map.of("tenant", tenant)).objects("items").stream()
            .map(Pipe::item)
            .toList());
  }

  @Override
  public DataKey generate(String tenant, long nowMillis) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
    Fields result =
        request(
            "decrypt", Map.of("tenant", tenant, "ciphertext", Pipe.base64(wrapped.asByteArray())));
    return DataKey.of(Pipe.bytes(result.text("plaintext")), wrapped, createdAt);
  }

  @Override
  public ResolveAnswer resolve(ResolveRequest request) {
    return ResolveAnswer.parse(request("resolve", Json.parseObject(request.toJson())).text("text"));
  }

  @Override
  public List<Event> publish(List<? extends Event> events, Duration within) {
    for (Event event : events) {
      Fields unused =
          request(
              "publish",
              Map.of(
                  "type", Events.detailType(event),
                  "detail", Json.parseObject(Events.detail(event))));
    }
    return List.of();
  }

  /** Asks the runner, and waits for its reply. */
  private Fields request(String what, Map<String, ?> about) {
    int number = requests.incrementAndGet();
    CompletableFuture<Fields> reply = new CompletableFuture<>();
    replies.put(number, reply);
    pipe.send(Map.of("request", number, what, about));
    Fields message;
    try {
      message = reply.get();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    if (!message.has("error")) {
      return message.object("result");
    }
    throw message.text("error").equals("WRONG_KEY")
        ? new WrongKeyException("told so")
        : Pipe.exception(message);
  }
}
