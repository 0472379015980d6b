package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that publishes change events, for one tenant or for the lines of a file. */
abstract class ChangeCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;
  private final ChangeKind kind;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final ChangeOptions options = new ChangeOptions();

  ChangeCommand(Io io, Ports.Factory factory, ChangeKind kind) {
    this.io = io;
    this.factory = factory;
    this.kind = kind;
  }

  /** Whether a line without a name means all credentials of the tenant. */
  boolean takesWholeTenants() {
    return true;
  }

  /** Whether no confirmation is needed. */
  boolean isSure() {
    return true;
  }

  /** Refuses further invalid combinations of options for one tenant. */
  void checkOne() {}

  final ChangeOptions options() {
    return options;
  }

  @Override
  public final Integer call() {
    options.check();
    if (options.from() != null) {
      new BulkChange(io, common, options, kind, takesWholeTenants())
          .run(factory, options.from(), isSure());
      return ExitCode.DONE.number();
    }
    checkOne();
    try (Ports ports = factory.open()) {
      Known known = Known.read(ports, options.tenant(), options.name());
      known.requireSomething(options.subject());
      options.checkVersion(known);
      String question = kind.question(options.subject());
      if (question != null) {
        Confirmation.ask(io, isSure(), question, kind.nothingDone());
      }
      List<Event.Change> events =
          kind.events(options.tenant(), options.name(), options.version(), known);
      if (kind == ChangeKind.REVOKED && options.version() == null && known.sourceError() != null) {
        io.note(
            known.sourceError().getMessage()
                + "; revoking the version that it has, whichever that is");
      }
      new Change(io, ports, common, options).publish(known, events);
    }
    return ExitCode.DONE.number();
  }
}
