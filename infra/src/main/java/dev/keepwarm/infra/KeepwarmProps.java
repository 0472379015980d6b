package dev.keepwarm.infra;

import dev.keepwarm.core.KeepwarmException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Keepwarm} is to be. Immutable, and valid: what is not is refused by {@link
 * Builder#build}. Every property but the zips has a default that is sound in production.
 *
 * @param suffix ends every name, so that several can live side by side in one account and Region
 * @param ttl the hard lifetime of an entry
 * @param tick how often the warmer runs, in whole minutes
 * @param flexibleWindow within how many whole minutes of its time the warmer may start; zero if at
 *     once
 * @param slots how many slots the wheel has
 * @param discoverEvery how often the warmer pages through the source's tenants; zero if never
 * @param idleAfter after how long a tenant that nobody uses leaves the wheel; zero if never
 * @param retryFailed after how long a failed entry is worth another try
 * @param parallel how many calls one process has in flight at most
 * @param source where the originals are
 * @param profiles the profiles, as the JSON of {@code docs/profiles.md}; null if there are none
 * @param managedCode the zip for functions whose form is {@link CodeForm#MANAGED}
 * @param pinnedCode the zip for functions whose form is {@link CodeForm#PINNED}
 * @param pinnedArchitecture for which architecture {@code pinnedCode} was built
 * @param decryptorForm the form of the decryptor behind the queues
 * @param resolverForm the form of the resolver, which callers wait for
 * @param warmerForm the form of the warmer
 * @param decryptorMemory in MB; CPU comes in proportion
 * @param resolverMemory in MB
 * @param warmerMemory in MB
 * @param decryptorTimeout of the decryptor; the queues' visibility timeouts follow from it
 * @param dueConcurrency how many decryptors work on the due queue at most
 * @param changesConcurrency how many decryptors work on the changes queue at most, and how many on
 *     the urgent one
 * @param resolverConcurrency how many resolvers are kept initialised; zero if none
 * @param formerKeys ARNs of KMS keys that decrypt only, see {@code docs/operations.md}
 * @param publishers ARNs of the roles and users that may publish change events
 * @param logRetentionDays how long log lines are kept
 * @param archiveRetentionDays how long change events are kept for a replay
 * @param coldReadShare which share of the readers' requests may miss before there is an alarm,
 *     above 0 and up to 1
 * @param alarmTopic ARN of the SNS topic that alarms go to; null if nobody is told
 * @param readers ARNs of the roles in other accounts that may read every tenant's credentials
 * @param decryptorReservedConcurrency how many decryptors are reserved, and run at most; zero if
 *     they share what the account has
 * @param resolverReservedConcurrency the same of resolvers
 * @param warmerReservedConcurrency the same of warmers
 * @param eventSchemas whether the schema registry gets the events' schemas
 * @param snapStart whether functions of the form {@link CodeForm#MANAGED} start from snapshots
 * @param existingKey ARN of the KMS key that is used; null if the stack makes one
 * @param existingTables whether the wheel and the built-in source are there already, under the
 *     names that the stack would give them
 */
public record KeepwarmProps(
    String suffix,
    Duration ttl,
    Duration tick,
    Duration flexibleWindow,
    int slots,
    Duration discoverEvery,
    Duration idleAfter,
    Duration retryFailed,
    int parallel,
    SourceProps source,
    @Nullable String profiles,
    Path managedCode,
    Path pinnedCode,
    PinnedArchitecture pinnedArchitecture,
    CodeForm decryptorForm,
    CodeForm resolverForm,
    CodeForm warmerForm,
    int decryptorMemory,
    int resolverMemory,
    int warmerMemory,
    Duration decryptorTimeout,
    int dueConcurrency,
    int changesConcurrency,
    int resolverConcurrency,
    List<String> formerKeys,
    List<String> publishers,
    int logRetentionDays,
    int archiveRetentionDays,
    double coldReadShare,
    @Nullable String alarmTopic,
    List<String> readers,
    int decryptorReservedConcurrency,
    int resolverReservedConcurrency,
    int warmerReservedConcurrency,
    boolean eventSchemas,
    boolean snapStart,
    @Nullable String existingKey,
    boolean existingTables) {

  /** Copies the list. */
  public KeepwarmProps {
    formerKeys = List.copyOf(formerKeys);
    publishers = List.copyOf(publishers);
    readers = List.copyOf(readers);
  }

  /** What processor a pinned zip was built for. */
  public enum PinnedArchitecture {
    /** AWS Graviton. */
    ARM64,
    /** Intel and AMD. */
    X86_64
  }

  /**
   * A builder with the defaults.
   *
   * @param managedCode {@code keepwarm-managed.zip}
   * @param pinnedCode {@code keepwarm-pinned.zip}
   */
  public static Builder builder(Path managedCode, Path pinnedCode) {
    return new Builder(managedCode, pinnedCode);
  }

  /** The same with another suffix, which may be known only when the stack is deployed. */
  KeepwarmProps withSuffix(String other) {
    return new KeepwarmProps(
        other,
        ttl,
        tick,
        flexibleWindow,
        slots,
        discoverEvery,
        idleAfter,
        retryFailed,
        parallel,
        source,
        profiles,
        managedCode,
        pinnedCode,
        pinnedArchitecture,
        decryptorForm,
        resolverForm,
        warmerForm,
        decryptorMemory,
        resolverMemory,
        warmerMemory,
        decryptorTimeout,
        dueConcurrency,
        changesConcurrency,
        resolverConcurrency,
        formerKeys,
        publishers,
        logRetentionDays,
        archiveRetentionDays,
        coldReadShare,
        alarmTopic,
        readers,
        decryptorReservedConcurrency,
        resolverReservedConcurrency,
        warmerReservedConcurrency,
        eventSchemas,
        snapStart,
        existingKey,
        existingTables);
  }

  /** Whether a function of that form runs with that zip, for any of the three. */
  boolean uses(CodeForm form) {
    return decryptorForm == form || resolverForm == form || warmerForm == form;
  }

  /** The variables that follow from the properties alone, as the functions will have them. */
  Map<String, String> settings() {
    return Variables.of(this);
  }

  /** As the functions' own settings have it: what idles is not to be discovered again. */
  static Duration discoverEveryByDefault(Duration idleAfter) {
    return idleAfter.isZero() ? Duration.ofHours(1) : Duration.ZERO;
  }

  /** Gathers properties. Not thread-safe. */
  public static final class Builder {
    private final Path managedCode;
    private final Path pinnedCode;
    private String suffix = "";
    private Duration ttl = Duration.ofMinutes(15);
    private Duration tick = Duration.ofMinutes(1);
    private Duration flexibleWindow = Duration.ofMinutes(1);
    private int slots = 1024;
    private @Nullable Duration discoverEvery;
    private Duration idleAfter = Duration.ZERO;
    private Duration retryFailed = Duration.ofSeconds(30);
    private int parallel = 64;
    private SourceProps source = new SourceProps.BuiltIn();
    private @Nullable String profiles;
    private @Nullable PinnedArchitecture pinnedArchitecture;
    private CodeForm decryptorForm = CodeForm.MANAGED;
    private CodeForm resolverForm = CodeForm.PINNED;
    private CodeForm warmerForm = CodeForm.MANAGED;
    private int decryptorMemory = 1024;
    private int resolverMemory = 1769;
    private int warmerMemory = 512;
    private Duration decryptorTimeout = Duration.ofSeconds(60);
    private int dueConcurrency = 5;
    private int changesConcurrency = 5;
    private int resolverConcurrency;
    private List<String> formerKeys = List.of();
    private List<String> publishers = List.of();
    private int logRetentionDays = 30;
    private int archiveRetentionDays = 14;
    private double coldReadShare = 0.05;
    private @Nullable String alarmTopic;
    private List<String> readers = List.of();
    private int decryptorReservedConcurrency;
    private int resolverReservedConcurrency;
    private int warmerReservedConcurrency;
    private boolean eventSchemas = true;
    private boolean snapStart = true;
    private @Nullable String existingKey;
    private boolean existingTables;

    private Builder(Path managedCode, Path pinnedCode) {
      this.managedCode = managedCode;
      this.pinnedCode = pinnedCode;
    }

    /** At most 32 letters, digits and hyphens; default none. */
    public Builder suffix(String value) {
      suffix = value;
      return this;
    }

    /** 6 min to 24 h, and at least six times {@code tick + flexibleWindow}; default 15 min. */
    public Builder ttl(Duration value) {
      ttl = value;
      return this;
    }

    /** 1 min to 1 h in whole minutes; default 1 min. */
    public Builder tick(Duration value) {
      tick = value;
      return this;
    }

    /** 0 to 1 h in whole minutes; default 1 min. */
    public Builder flexibleWindow(Duration value) {
      flexibleWindow = value;
      return this;
    }

    /** 1 to 1,000,000; default 1024. To change it starts a discovery. */
    public Builder slots(int value) {
      slots = value;
      return this;
    }

    /** 0 to 30 days; default 1 h, and 0 with {@code idleAfter}. */
    public Builder discoverEvery(Duration value) {
      discoverEvery = value;
      return this;
    }

    /**
     * 0, the default, or four times {@code ttl} and more; then {@code discoverEvery} has to be 0,
     * as it is by default, and every reader's role may {@link Keepwarm#grantPublish publish} {@code
     * Tenant Used}.
     */
    public Builder idleAfter(Duration value) {
      idleAfter = value;
      return this;
    }

    /** 1 s to 1 h; default 30 s. */
    public Builder retryFailed(Duration value) {
      retryFailed = value;
      return this;
    }

    /** 1 to 1000; default 64. */
    public Builder parallel(int value) {
      parallel = value;
      return this;
    }

    /** Default the built-in table. */
    public Builder source(SourceProps value) {
      source = value;
      return this;
    }

    /** The JSON, not a path; default none. */
    public Builder profiles(@Nullable String value) {
      profiles = value;
      return this;
    }

    /** Default, and null: what the pinned zip was built for. */
    public Builder pinnedArchitecture(@Nullable PinnedArchitecture value) {
      pinnedArchitecture = value;
      return this;
    }

    /** Default {@link CodeForm#MANAGED}: nobody waits for it. */
    public Builder decryptorForm(CodeForm value) {
      decryptorForm = value;
      return this;
    }

    /** Default {@link CodeForm#PINNED}: it has the shortest cold start, and callers wait for it. */
    public Builder resolverForm(CodeForm value) {
      resolverForm = value;
      return this;
    }

    /** Default {@link CodeForm#MANAGED}. */
    public Builder warmerForm(CodeForm value) {
      warmerForm = value;
      return this;
    }

    /** 128 to 10,240 MB; default 1024. */
    public Builder decryptorMemory(int value) {
      decryptorMemory = value;
      return this;
    }

    /** 128 to 10,240 MB; default 1769, which is one CPU. */
    public Builder resolverMemory(int value) {
      resolverMemory = value;
      return this;
    }

    /** 128 to 10,240 MB; default 512. */
    public Builder warmerMemory(int value) {
      warmerMemory = value;
      return this;
    }

    /** 10 s to 15 min; default 60 s. */
    public Builder decryptorTimeout(Duration value) {
      decryptorTimeout = value;
      return this;
    }

    /** 2 to 1000; default 5. With {@code parallel} it bounds the load on the source. */
    public Builder dueConcurrency(int value) {
      dueConcurrency = value;
      return this;
    }

    /** 2 to 1000; default 5. */
    public Builder changesConcurrency(int value) {
      changesConcurrency = value;
      return this;
    }

    /** 0 to 1000; default 0. Needs {@code resolverForm} pinned: SnapStart excludes it. */
    public Builder resolverConcurrency(int value) {
      resolverConcurrency = value;
      return this;
    }

    /** ARNs of KMS keys that decrypt only: those that were the stack's before. */
    public Builder formerKeys(List<String> value) {
      formerKeys = List.copyOf(value);
      return this;
    }

    /** Default nobody but who is granted it in code, see {@link Keepwarm#grantPublish}. */
    public Builder publishers(List<String> value) {
      publishers = List.copyOf(value);
      return this;
    }

    /** One of the numbers of days that CloudWatch Logs has; default 30. */
    public Builder logRetentionDays(int value) {
      logRetentionDays = value;
      return this;
    }

    /** 1 to 365; default 14. */
    public Builder archiveRetentionDays(int value) {
      archiveRetentionDays = value;
      return this;
    }

    /** Default 0.05. */
    public Builder coldReadShare(double value) {
      coldReadShare = value;
      return this;
    }

    /** Default none. */
    public Builder alarmTopic(@Nullable String value) {
      alarmTopic = value;
      return this;
    }

    /** Default nobody. See {@link Keepwarm#admitReader} for single tenants. */
    public Builder readers(List<String> value) {
      readers = List.copyOf(value);
      return this;
    }

    /**
     * 0, the default, or at least {@code dueConcurrency} and twice {@code changesConcurrency}.
     * Lambda refuses a reservation that leaves less than 100 to the account's other functions, so
     * nothing can be reserved in a new account, which has 10.
     */
    public Builder decryptorReservedConcurrency(int value) {
      decryptorReservedConcurrency = value;
      return this;
    }

    /** 0, the default, or at least {@code resolverConcurrency}. Bounds the load on the source. */
    public Builder resolverReservedConcurrency(int value) {
      resolverReservedConcurrency = value;
      return this;
    }

    /** 0 to 1000; default 0. */
    public Builder warmerReservedConcurrency(int value) {
      warmerReservedConcurrency = value;
      return this;
    }

    /** Default true. Not every Region has a schema registry. */
    public Builder eventSchemas(boolean value) {
      eventSchemas = value;
      return this;
    }

    /** Default true. Not every Region has SnapStart. */
    public Builder snapStart(boolean value) {
      snapStart = value;
      return this;
    }

    /** Default none: the stack makes a key, and keeps it when it goes. */
    public Builder existingKey(@Nullable String value) {
      existingKey = value;
      return this;
    }

    /** Default false. True for those that a former stack of the same suffix has left. */
    public Builder existingTables(boolean value) {
      existingTables = value;
      return this;
    }

    /**
     * The properties.
     *
     * @throws KeepwarmException {@code INVALID_CONFIGURATION}; names the property and what it takes
     */
    public KeepwarmProps build() {
      KeepwarmProps props =
          new KeepwarmProps(
              suffix,
              ttl,
              tick,
              flexibleWindow,
              slots,
              discoverEvery != null ? discoverEvery : discoverEveryByDefault(idleAfter),
              idleAfter,
              retryFailed,
              parallel,
              source,
              profiles,
              managedCode,
              pinnedCode,
              pinnedArchitecture != null ? pinnedArchitecture : PinnedZip.builtFor(pinnedCode),
              decryptorForm,
              resolverForm,
              warmerForm,
              decryptorMemory,
              resolverMemory,
              warmerMemory,
              decryptorTimeout,
              dueConcurrency,
              changesConcurrency,
              resolverConcurrency,
              formerKeys,
              publishers,
              logRetentionDays,
              archiveRetentionDays,
              coldReadShare,
              alarmTopic,
              readers,
              decryptorReservedConcurrency,
              resolverReservedConcurrency,
              warmerReservedConcurrency,
              eventSchemas,
              snapStart,
              existingKey,
              existingTables);
      PropsCheck.check(props);
      return props;
    }
  }
}
