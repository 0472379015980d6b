package dev.keepwarm.infra;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Sizing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a {@link Keepwarm}. Immutable and valid: {@link Builder#build} refuses invalid
 * ones. Every property except the zips has a default that is suitable for production.
 */
public final class KeepwarmProps {
  private final Builder chosen;
  private final PinnedArchitecture pinnedArchitecture;

  /** The builder passes a private copy of itself. */
  private KeepwarmProps(Builder chosen) {
    this.chosen = chosen;
    this.pinnedArchitecture =
        chosen.pinnedArchitecture != null
            ? chosen.pinnedArchitecture
            : PinnedZip.builtFor(chosen.pinnedCode);
  }

  /** The processor architecture that a zip was built for. */
  public enum PinnedArchitecture {
    /** AWS Graviton. */
    ARM64,
    /** Intel and AMD. */
    X86_64
  }

  /**
   * A builder with the defaults.
   *
   * @param managedCode {@code keepwarm-managed.zip}, for functions whose form is {@link
   *     CodeForm#MANAGED}
   * @param pinnedCode {@code keepwarm-pinned.zip}, for functions whose form is {@link
   *     CodeForm#PINNED}
   */
  public static Builder builder(Path managedCode, Path pinnedCode) {
    return new Builder(managedCode, pinnedCode);
  }

  /** A copy with another suffix, which may be known only when the stack is deployed. */
  KeepwarmProps withSuffix(String other) {
    return new KeepwarmProps(chosen.copy().suffix(other));
  }

  /** Whether at least one of the three functions has that form. */
  boolean uses(CodeForm form) {
    return decryptorForm() == form || resolverForm() == form || warmerForm() == form;
  }

  /** The functions' variables that depend only on the properties. */
  Map<String, String> settings() {
    return Variables.of(this);
  }

  Path managedCode() {
    return chosen.managedCode;
  }

  Path pinnedCode() {
    return chosen.pinnedCode;
  }

  String suffix() {
    return chosen.suffix;
  }

  ResourceNames names() {
    return new ResourceNames(chosen.suffix);
  }

  Duration ttl() {
    return chosen.ttl;
  }

  @Nullable Duration checkEvery() {
    return chosen.checkEvery;
  }

  /** The duration of one turn of the wheel. */
  Duration turn() {
    Duration every = checkEvery();
    return every != null ? every : Duration.ofMillis(Lifetimes.of(ttl()).turn());
  }

  boolean freshness() {
    return chosen.freshness;
  }

  @Nullable Duration sealLife() {
    return chosen.sealLife;
  }

  Duration tick() {
    return chosen.tick;
  }

  Duration flexibleWindow() {
    return chosen.flexibleWindow;
  }

  int slots() {
    return chosen.slots;
  }

  Duration discoverEvery() {
    return chosen.discoverEvery != null
        ? chosen.discoverEvery
        : Settings.discoverEveryByDefault(idleAfter());
  }

  Duration idleAfter() {
    return chosen.idleAfter;
  }

  Duration retryFailed() {
    return chosen.retryFailed;
  }

  int parallel() {
    return chosen.parallel;
  }

  int keepResolversWarm() {
    if (chosen.keepResolversWarm != null) {
      return chosen.keepResolversWarm;
    }
    // A VPC that never needed to reach Lambda most probably cannot.
    boolean inVpc = source() instanceof SourceProps.Jdbc jdbc && jdbc.vpc() != null;
    return inVpc ? 0 : Settings.DEFAULTS.keepResolversWarm();
  }

  SourceProps source() {
    return chosen.source;
  }

  @Nullable String profiles() {
    return chosen.profiles;
  }

  PinnedArchitecture pinnedArchitecture() {
    return pinnedArchitecture;
  }

  CodeForm decryptorForm() {
    return chosen.decryptorForm;
  }

  CodeForm resolverForm() {
    return chosen.resolverForm;
  }

  CodeForm warmerForm() {
    return chosen.warmerForm;
  }

  int decryptorMemory() {
    return chosen.decryptorMemory;
  }

  int resolverMemory() {
    return chosen.resolverMemory;
  }

  int warmerMemory() {
    return chosen.warmerMemory;
  }

  Duration decryptorTimeout() {
    return chosen.decryptorTimeout;
  }

  int dueConcurrency() {
    return chosen.dueConcurrency;
  }

  int changesConcurrency() {
    return chosen.changesConcurrency;
  }

  int resolverConcurrency() {
    return chosen.resolverConcurrency;
  }

  List<String> formerKeys() {
    return chosen.formerKeys;
  }

  List<String> publishers() {
    return chosen.publishers;
  }

  int logRetentionDays() {
    return chosen.logRetentionDays;
  }

  int archiveRetentionDays() {
    return chosen.archiveRetentionDays;
  }

  double coldReadShare() {
    return chosen.coldReadShare;
  }

  @Nullable String alarmTopic() {
    return chosen.alarmTopic;
  }

  List<String> readers() {
    return chosen.readers;
  }

  int decryptorReservedConcurrency() {
    return chosen.decryptorReservedConcurrency;
  }

  int resolverReservedConcurrency() {
    return chosen.resolverReservedConcurrency;
  }

  int warmerReservedConcurrency() {
    return chosen.warmerReservedConcurrency;
  }

  boolean eventSchemas() {
    return chosen.eventSchemas;
  }

  boolean snapStart() {
    return chosen.snapStart;
  }

  @Nullable String existingKey() {
    return chosen.existingKey;
  }

  boolean existingTables() {
    return chosen.existingTables;
  }

  List<Path> extensionCode() {
    return chosen.extensionCode;
  }

  /** Gathers properties. Not thread-safe. */
  public static final class Builder implements Cloneable {
    private final Path managedCode;
    private final Path pinnedCode;
    private String suffix = "";
    private Duration ttl = Settings.DEFAULTS.ttl();
    private @Nullable Duration checkEvery;
    private boolean freshness;
    private @Nullable Duration sealLife;
    private Duration tick = Duration.ofMinutes(1);
    private Duration flexibleWindow = Duration.ofMinutes(1);
    private int slots = Settings.DEFAULTS.slots();
    private @Nullable Duration discoverEvery;
    private Duration idleAfter = Settings.DEFAULTS.idleAfter();
    private Duration retryFailed = Settings.DEFAULTS.retryFailed();
    private int parallel = Settings.DEFAULTS.parallel();
    private @Nullable Integer keepResolversWarm;
    private SourceProps source = new SourceProps.BuiltIn();
    private @Nullable String profiles;
    private @Nullable PinnedArchitecture pinnedArchitecture;
    private CodeForm decryptorForm = CodeForm.MANAGED;
    private CodeForm resolverForm = CodeForm.PINNED;
    private CodeForm warmerForm = CodeForm.MANAGED;
    private int decryptorMemory = Sizing.DECRYPTOR_MEMORY;
    private int resolverMemory = Sizing.RESOLVER_MEMORY;
    private int warmerMemory = Sizing.WARMER_MEMORY;
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
    private List<Path> extensionCode = List.of();

    private Builder(Path managedCode, Path pinnedCode) {
      this.managedCode = managedCode;
      this.pinnedCode = pinnedCode;
    }

    /**
     * The suffix of every name, so that several stacks can exist side by side in one account and
     * Region: at most 32 letters, digits and hyphens; default none.
     */
    public Builder suffix(String value) {
      suffix = value;
      return this;
    }

    /**
     * The hard lifetime of an entry: 6 min to 24 h, and at least six times {@code tick +
     * flexibleWindow}; default 15 min.
     */
    public Builder ttl(Duration value) {
      ttl = value;
      return this;
    }

    /**
     * How often every tenant is compared with the source, which is how soon an unannounced change
     * is noticed: up to a third of {@code ttl}, the default.
     */
    public Builder checkEvery(@Nullable Duration value) {
      checkEvery = value;
      return this;
    }

    /**
     * Whether the decryptor writes freshness records instead of sealing unchanged entries again;
     * default false. Update all readers first: those that do not know records resolve once per
     * {@code ttl} and tenant. See {@code docs/operations.md}.
     */
    public Builder freshness(boolean value) {
      freshness = value;
      return this;
    }

    /**
     * How long an entry may be used, with {@code freshness}, as long as its tenant does not change:
     * at least twice {@code ttl}, up to 7 days; default 24 h, or twice {@code ttl} if that is more.
     */
    public Builder sealLife(@Nullable Duration value) {
      sealLife = value;
      return this;
    }

    /** How often the warmer runs: 1 min to 1 h in whole minutes; default 1 min. */
    public Builder tick(Duration value) {
      tick = value;
      return this;
    }

    /** How late the warmer may start: 0 to 1 h in whole minutes; default 1 min. */
    public Builder flexibleWindow(Duration value) {
      flexibleWindow = value;
      return this;
    }

    /** How many slots the wheel has: 1 to 1,000,000; default 1024. A change starts a discovery. */
    public Builder slots(int value) {
      slots = value;
      return this;
    }

    /**
     * How often the warmer pages through the source's tenants: 0 (never) to 30 days; default 1 h,
     * and 0 with {@code idleAfter}.
     */
    public Builder discoverEvery(Duration value) {
      discoverEvery = value;
      return this;
    }

    /**
     * After how long an unused tenant leaves the wheel: 0 (never), the default, or at least four
     * times {@code ttl}. Then {@code discoverEvery} must be 0, as it is by default, and every
     * reader's role needs permission to {@link Keepwarm#grantPublish publish} {@code Tenant Used}.
     */
    public Builder idleAfter(Duration value) {
      idleAfter = value;
      return this;
    }

    /** After how long a failed entry is retried: 1 s to 1 h; default 30 s. */
    public Builder retryFailed(Duration value) {
      retryFailed = value;
      return this;
    }

    /** The maximum number of calls that one process has in flight: 1 to 1000; default 64. */
    public Builder parallel(int value) {
      parallel = value;
      return this;
    }

    /**
     * How many instances of the resolver the warmer keeps initialised by an invocation of each in
     * every tick: 0 (none) to 100. That many concurrent misses meet no cold start. Default 1, and 0
     * with a source in a VPC: there the warmer needs an endpoint of Lambda or a NAT gateway.
     */
    public Builder keepResolversWarm(int value) {
      keepResolversWarm = value;
      return this;
    }

    /** Where the originals are; by default in the built-in table. */
    public Builder source(SourceProps value) {
      source = value;
      return this;
    }

    /** The profiles, as the JSON of {@code docs/profiles.md} and not as a path; default none. */
    public Builder profiles(@Nullable String value) {
      profiles = value;
      return this;
    }

    /**
     * The architecture of {@code pinnedCode}; by default, and if null, the one that the zip was
     * built for.
     */
    public Builder pinnedArchitecture(@Nullable PinnedArchitecture value) {
      pinnedArchitecture = value;
      return this;
    }

    /**
     * The form of the decryptor behind the queues; default {@link CodeForm#MANAGED}, because no
     * caller waits for it.
     */
    public Builder decryptorForm(CodeForm value) {
      decryptorForm = value;
      return this;
    }

    /**
     * The form of the resolver; default {@link CodeForm#PINNED}, which has the shortest cold start,
     * because callers wait for it.
     */
    public Builder resolverForm(CodeForm value) {
      resolverForm = value;
      return this;
    }

    /** The form of the warmer; default {@link CodeForm#MANAGED}. */
    public Builder warmerForm(CodeForm value) {
      warmerForm = value;
      return this;
    }

    /** 128 to 10,240 MB, and CPU in proportion; default 1024. */
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

    /** 10 s to 15 min; default 60 s. The queues' visibility timeouts follow from it. */
    public Builder decryptorTimeout(Duration value) {
      decryptorTimeout = value;
      return this;
    }

    /**
     * The maximum number of decryptors for the due queue: 2 to 1000; default 5. Multiplied by
     * {@code parallel}, it bounds the load on the source.
     */
    public Builder dueConcurrency(int value) {
      dueConcurrency = value;
      return this;
    }

    /**
     * The maximum number of decryptors for the changes queue, and for the urgent queue: 2 to 1000;
     * default 5.
     */
    public Builder changesConcurrency(int value) {
      changesConcurrency = value;
      return this;
    }

    /**
     * How many resolvers are kept initialised: 0 to 1000; default 0. Needs the pinned {@code
     * resolverForm}, or no {@code snapStart}.
     */
    public Builder resolverConcurrency(int value) {
      resolverConcurrency = value;
      return this;
    }

    /**
     * ARNs of the KMS keys that the stack had before: they only decrypt, see {@code
     * docs/operations.md}. Default none.
     */
    public Builder formerKeys(List<String> value) {
      formerKeys = List.copyOf(value);
      return this;
    }

    /**
     * ARNs of the roles and users that may publish change events; by default only those with a
     * grant in code, see {@link Keepwarm#grantPublish}.
     */
    public Builder publishers(List<String> value) {
      publishers = List.copyOf(value);
      return this;
    }

    /**
     * How long log lines are kept: one of the numbers of days that CloudWatch Logs offers; default
     * 30.
     */
    public Builder logRetentionDays(int value) {
      logRetentionDays = value;
      return this;
    }

    /** How long change events are kept for a replay: 1 to 365 days; default 14. */
    public Builder archiveRetentionDays(int value) {
      archiveRetentionDays = value;
      return this;
    }

    /**
     * The share of the readers' requests that may miss before there is an alarm: greater than 0 and
     * at most 1; default 0.05.
     */
    public Builder coldReadShare(double value) {
      coldReadShare = value;
      return this;
    }

    /** ARN of the SNS topic that receives the alarms; default none. */
    public Builder alarmTopic(@Nullable String value) {
      alarmTopic = value;
      return this;
    }

    /**
     * ARNs of the roles in other accounts that may read every tenant's credentials; default none.
     * See {@link Keepwarm#admitReader} for single tenants.
     */
    public Builder readers(List<String> value) {
      readers = List.copyOf(value);
      return this;
    }

    /**
     * The reserved concurrency of the decryptor, which is also its maximum: 0, the default,
     * reserves none; otherwise at least {@code dueConcurrency} and twice {@code
     * changesConcurrency}. Lambda refuses a reservation that leaves less than 100 to the account's
     * other functions, so nothing can be reserved in a new account, which has 10.
     */
    public Builder decryptorReservedConcurrency(int value) {
      decryptorReservedConcurrency = value;
      return this;
    }

    /**
     * The reserved concurrency of the resolver, which is also its maximum: 0, the default, or at
     * least {@code resolverConcurrency}. It bounds the load on the source.
     */
    public Builder resolverReservedConcurrency(int value) {
      resolverReservedConcurrency = value;
      return this;
    }

    /** The reserved concurrency of the warmer, which is also its maximum: 0 to 1000; default 0. */
    public Builder warmerReservedConcurrency(int value) {
      warmerReservedConcurrency = value;
      return this;
    }

    /**
     * Whether the schema registry gets the events' schemas; default true. Not every Region has a
     * schema registry.
     */
    public Builder eventSchemas(boolean value) {
      eventSchemas = value;
      return this;
    }

    /**
     * Whether functions of the form {@link CodeForm#MANAGED} start from snapshots; default true.
     * Not every Region has SnapStart.
     */
    public Builder snapStart(boolean value) {
      snapStart = value;
      return this;
    }

    /**
     * ARN of an existing KMS key to use. By default the stack makes a key, and keeps it when the
     * stack is deleted.
     */
    public Builder existingKey(@Nullable String value) {
      existingKey = value;
      return this;
    }

    /**
     * Whether the wheel and the built-in source exist already, under the names that the stack would
     * give them: those of a former stack with the same suffix. Default false.
     */
    public Builder existingTables(boolean value) {
      existingTables = value;
      return this;
    }

    /**
     * The zips of the Lambda extension: each becomes a layer, for functions in other languages. At
     * most one per architecture; default none.
     */
    public Builder extensionCode(List<Path> value) {
      extensionCode = List.copyOf(value);
      return this;
    }

    /**
     * The properties. The builder can be used again.
     *
     * @throws KeepwarmException {@code INVALID_CONFIGURATION}; names the property and says what it
     *     must be
     */
    public KeepwarmProps build() {
      KeepwarmProps props = new KeepwarmProps(copy());
      PropsCheck.check(props);
      return props;
    }

    /** All values are immutable, so a copy can share them. */
    private Builder copy() {
      try {
        return (Builder) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("a builder is cloneable", e);
      }
    }
  }
}
