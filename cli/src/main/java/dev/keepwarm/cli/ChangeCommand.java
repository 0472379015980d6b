package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that publishes change events, of one tenant or of all that are in a file. */
abstract class ChangeCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;
  private final BulkChange.Kind kind;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final ChangeOptions options = new ChangeOptions();

  ChangeCommand(Io io, Ports.Factory factory, BulkChange.Kind kind) {
    this.io = io;
    this.factory = factory;
    this.kind = kind;
  }

  /** The events to publish, of the one tenant that the options name. */
  abstract List<? extends Event.Change> events(Known known);

  /** Whether a line without a name is about all of the tenant's. */
  boolean takesWholeTenants() {
    return true;
  }

  /** Whether nobody need be asked. */
  boolean isSure() {
    return true;
  }

  /** Refuses what else does not go together for one tenant. */
  void checkOne() {}

  /** Asks whether it is meant, where that is not sure. */
  void confirm() {}

  final Io io() {
    return io;
  }

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
      confirm();
      new Change(io, ports, common, options).publish(known, events(known));
    }
    return ExitCode.DONE.number();
  }
}
