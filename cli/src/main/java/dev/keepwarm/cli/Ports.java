package dev.keepwarm.cli;

import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.source.DynamoSource;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Everything outside the process that commands use. Thread-safe.
 *
 * @param settings the operator's settings
 * @param originals where an import writes
 * @param source where originals are read
 * @param wheel the enrolled tenants
 * @param cache the entries
 * @param freshness freshness records, and the secret that signs them
 * @param keys unwraps data keys
 * @param cipher encrypts profiles' secrets
 * @param decoders makes a decoder for profiles
 * @param keyState reads the state of the key from KMS, in KMS's own words
 * @param bus where events go
 * @param busCheck checks the bus; throws {@link dev.keepwarm.core.KeepwarmException} if it does not
 *     exist or does not answer
 * @param queues the queues behind the bus
 * @param readers facts about the readers
 * @param calls runs calls concurrently
 * @param clock the time
 * @param pauses waits
 * @param resources released by {@link #close}
 */
public record Ports(
    Settings settings,
    Originals originals,
    Source source,
    Wheel wheel,
    CacheTable cache,
    FreshnessStore freshness,
    KeyService keys,
    SecretCipher cipher,
    Function<Profiles, Decoder> decoders,
    Supplier<String> keyState,
    EventBus bus,
    Runnable busCheck,
    Queues queues,
    Readers readers,
    Fanout calls,
    InstantSource clock,
    Pauses pauses,
    Runnable resources)
    implements AutoCloseable {

  /** Makes the ports when a command needs them, so that {@code --help} needs none. */
  @FunctionalInterface
  public interface Factory {
    /**
     * Opens the ports; the caller closes them.
     *
     * @throws dev.keepwarm.core.KeepwarmException if a setting is wrong
     */
    Ports open();
  }

  /** Where originals are stored. */
  @FunctionalInterface
  public interface Originals {
    /** Like {@link DynamoSource#put}. */
    DynamoSource.Put put(SourceRow.Original row, long updatedAtMillis);
  }

  /** The same with another monitor. */
  Ports with(Monitor monitor) {
    return new Ports(
        settings,
        originals,
        source,
        wheel,
        cache,
        freshness,
        keys,
        cipher,
        decoders,
        keyState,
        bus,
        busCheck,
        queues,
        new Readers(readers.nearTtl(), monitor),
        calls,
        clock,
        pauses,
        resources);
  }

  @Override
  public void close() {
    resources.run();
  }
}
