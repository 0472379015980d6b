package dev.keepwarm.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.crac.Context;
import org.crac.Resource;
import org.junit.jupiter.api.Test;

final class RestorableTest {
  private final List<Thing> made = new ArrayList<>();

  @Test
  void isMadeAtOnceAndOnce() {
    Restorable<Thing> restorable = Restorable.of(this::make, () -> {});

    assertThat(made).hasSize(1);
    assertThat(restorable.get()).isSameAs(restorable.get()).isSameAs(made.getFirst());
  }

  @Test
  void whatCannotBeMadeEndsTheStart() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Restorable.of(
                () -> {
                  throw new IllegalArgumentException("KEEPWARM_TTL");
                },
                () -> {}))
        .withMessage("KEEPWARM_TTL");
  }

  @Test
  void isPrimedAndClosedBeforeASnapshotAndMadeAnewAfterIt() throws Exception {
    List<String> happened = new ArrayList<>();
    Snapshots snapshots = new Snapshots();
    Restorable<Thing> restorable =
        Restorable.of(
            this::make,
            () -> happened.add(made.getFirst().closed ? "primed too late" : "primed"),
            snapshots);
    Thing first = restorable.get();

    snapshots.beforeCheckpoint(snapshots);

    assertThat(happened).containsExactly("primed");
    assertThat(first.closed).isTrue();
    assertThat(made).as("nothing is in the snapshot").hasSize(1);

    snapshots.afterRestore(snapshots);

    assertThat(restorable.get()).isNotSameAs(first);
    assertThat(restorable.get().closed).isFalse();
    assertThat(made).hasSize(2);
  }

  @Test
  void aPrimerThatFailsHindersNothing() throws Exception {
    Restorable<Thing> restorable =
        Restorable.of(
            this::make,
            () -> {
              throw new IllegalStateException("no network");
            });

    restorable.beforeCheckpoint(new Snapshots());

    assertThat(made.getFirst().closed).isTrue();
    assertThat(restorable.get()).isSameAs(made.get(1));
  }

  @Test
  void aPrimerThatMissesAClassHindersNothing() throws Exception {
    Restorable<Thing> restorable =
        Restorable.of(
            this::make,
            () -> {
              throw new NoClassDefFoundError("org/example/Primed");
            });

    restorable.beforeCheckpoint(new Snapshots());

    assertThat(made.getFirst().closed).isTrue();
  }

  private Thing make() {
    Thing thing = new Thing();
    made.add(thing);
    return thing;
  }

  /** A context like CRaC's: notifies resources in reverse order, and after the restore in order. */
  private static final class Snapshots extends Context<Resource> {
    private final List<Resource> resources = new ArrayList<>();

    @Override
    public void register(Resource resource) {
      resources.add(resource);
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
      resources.reversed().forEach(resource -> call(() -> resource.beforeCheckpoint(this)));
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) {
      resources.forEach(resource -> call(() -> resource.afterRestore(this)));
    }

    private static void call(Hook hook) {
      try {
        hook.run();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    private interface Hook {
      void run() throws Exception;
    }
  }

  private static final class Thing implements AutoCloseable {
    private boolean closed;

    @Override
    public void close() {
      closed = true;
    }
  }
}
