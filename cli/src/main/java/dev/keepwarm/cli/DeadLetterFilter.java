package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Selects dead letters; a mixin. */
final class DeadLetterFilter {
  @Option(
      names = "--queue",
      paramLabel = "QUEUE",
      converter = QueueConverter.class,
      description = "Only dead letters of this queue: urgent, changes or due.")
  private Queues.@Nullable Name queue;

  @Option(
      names = "--message",
      paramLabel = "ID",
      description = "Only the dead letter with this id, as list and the decryptor's log show it.")
  private @Nullable String message;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "TENANT",
      description = "Only dead letters about this tenant.")
  private @Nullable String tenant;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME",
      description = "Only dead letters about this credential of the tenant.")
  private @Nullable String name;

  /** All dead letters. */
  static DeadLetterFilter all() {
    return new DeadLetterFilter();
  }

  /** The dead letter of a queue with that id. */
  static DeadLetterFilter one(Queues.Name queue, String message) {
    DeadLetterFilter filter = new DeadLetterFilter();
    filter.queue = queue;
    filter.message = message;
    return filter;
  }

  /** A queue's name. Errors name the allowed values, not the given one. */
  static final class QueueConverter implements picocli.CommandLine.ITypeConverter<Queues.Name> {
    @Override
    public Queues.Name convert(String value) {
      Queues.Name name = Queues.Name.of(value);
      if (name == null) {
        throw new TypeConversionException("must be urgent, changes or due");
      }
      return name;
    }
  }

  /** Refuses ids outside the grammar. */
  void check() {
    if (tenant != null) {
      CredentialId.checkTenant(tenant);
    }
    if (tenant != null && name != null) {
      CredentialId unused = new CredentialId(tenant, name);
    }
  }

  /** Whether the filter is restricted in any way. */
  boolean isNarrow() {
    return queue != null || message != null || tenant != null;
  }

  List<Queues.Name> queues() {
    return queue == null ? List.of(Queues.Name.values()) : List.of(queue);
  }

  boolean matches(DeadLetter letter) {
    return (message == null || message.equals(letter.letter().id()))
        && (tenant == null || letter.tenants().contains(tenant))
        && (name == null || name.equals(letter.name()));
  }
}
