package dev.keepwarm.reader.opentelemetry;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.ReaderStats;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Attributes that describe a credential in the application's spans, and metrics of a reader's
 * counters. Nothing here contains any part of a credential's value. Thread-safe.
 */
public final class KeepwarmTelemetry {
  /** The tenant. */
  public static final AttributeKey<String> TENANT = AttributeKey.stringKey("keepwarm.tenant");

  /** The credential's name. */
  public static final AttributeKey<String> NAME = AttributeKey.stringKey("keepwarm.name");

  /** The source's version of the credential. */
  public static final AttributeKey<Long> VERSION = AttributeKey.longKey("keepwarm.version");

  /**
   * Why there is no credential: a stable code, or {@code REJECTED} if the called service did not
   * accept it.
   */
  public static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private KeepwarmTelemetry() {}

  /** The attributes of a credential, for {@code Span.current().setAllAttributes(...)}. */
  public static Attributes attributes(Credential credential) {
    return attributes(credential.id()).toBuilder().put(VERSION, credential.version()).build();
  }

  /** The attributes of an id, before the credential is read. */
  public static Attributes attributes(CredentialId id) {
    return Attributes.of(TENANT, id.tenant(), NAME, id.name());
  }

  /** The attribute of a failure. */
  public static Attributes attributes(KeepwarmException failure) {
    return Attributes.of(ERROR, failure.code().name());
  }

  /** The attribute of a rejection. */
  public static Attributes attributes(CredentialRejectedException rejection) {
    return Attributes.of(ERROR, "REJECTED");
  }

  /**
   * Observes a counter for each component of {@link ReaderStats}: {@code keepwarm.reader.near_hits}
   * for {@code nearHits}, and so on.
   *
   * @return an observation that ends when it is closed; closing it does not close the reader
   */
  public static Observation observe(KeepwarmReader reader, OpenTelemetry telemetry) {
    Meter meter = telemetry.getMeter("dev.keepwarm.reader");
    List<AutoCloseable> counters = new ArrayList<>();
    for (String name : reader.stats().counts().keySet()) {
      counters.add(
          meter
              .counterBuilder(metricName(name))
              .buildWithCallback(
                  result -> result.record(reader.stats().counts().getOrDefault(name, 0L))));
    }
    return new Observation(counters);
  }

  private static String metricName(String name) {
    return "keepwarm.reader." + name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
