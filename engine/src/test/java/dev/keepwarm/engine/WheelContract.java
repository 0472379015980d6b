package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.engine.Wheel.Cursor;
import dev.keepwarm.engine.Wheel.Discovery;
import dev.keepwarm.engine.Wheel.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The behaviour of every {@link Wheel}. */
public abstract class WheelContract {
  private static final int SLOTS = 16;

  /** A wheel of that many slots with no tenants and no cursor, that no other test uses. */
  protected abstract Wheel emptyWheel(int slots);

  @Test
  void beginsEmpty() {
    Wheel wheel = emptyWheel(SLOTS);

    assertThat(IntStream.range(0, SLOTS).boxed().flatMap(slot -> wheel.slot(slot).stream()))
        .isEmpty();
    assertThat(wheel.isEnrolled("acme")).isFalse();
    assertThat(wheel.cursor()).isNull();
    assertThat(wheel.discovery()).isNull();
  }

  @Test
  void enrolsATenantOnce() {
    Wheel wheel = emptyWheel(SLOTS);

    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(wheel.enrol("acme")).isFalse();

    assertThat(wheel.isEnrolled("acme")).isTrue();
    assertThat(wheel.isEnrolled("acm")).isFalse();
    assertThat(wheel.slot(Wheel.slotOf("acme", SLOTS))).containsExactly(new Member("acme", null));
  }

  @Test
  @Tag(CacheTableContract.ATOMICITY)
  void onlyOneOfManyEnrolsATenant() {
    Wheel wheel = emptyWheel(SLOTS);

    List<Boolean> results = Fanout.bounded(8).map(numbers(8), i -> wheel.enrol("acme"));

    assertThat(results).containsOnlyOnce(true);
  }

  @Test
  void takesATenantOff() {
    Wheel wheel = emptyWheel(SLOTS);
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(wheel.prepareLeave("acme", "me")).isTrue();
    assertThat(wheel.isEnrolled("acme")).as("until it leaves").isTrue();
    assertThat(wheel.leave("acme", "somebody else")).isFalse();
    assertThat(wheel.leave("acme", "me")).isTrue();
    assertThat(wheel.leave("acme", "me")).as("again").isFalse();
    assertThat(wheel.prepareLeave("neverThere", "me")).isFalse();
    assertThat(wheel.leave("neverThere", "me")).isFalse();

    assertThat(wheel.isEnrolled("acme")).isFalse();
    assertThat(wheel.isEnrolled("neverThere")).isFalse();
    assertThat(wheel.slot(Wheel.slotOf("acme", SLOTS))).isEmpty();
    assertThat(wheel.enrol("acme")).isTrue();
  }

  @Test
  void aTenantThatIsEnrolledMeanwhileDoesNotLeave() {
    Wheel wheel = emptyWheel(SLOTS);
    assertThat(wheel.enrol("acme")).isTrue();

    assertThat(wheel.prepareLeave("acme", "me")).isTrue();
    assertThat(wheel.enrol("acme")).isFalse();
    assertThat(wheel.leave("acme", "me")).isFalse();

    assertThat(wheel.prepareLeave("acme", "me")).isTrue();
    assertThat(wheel.keep("acme")).isTrue();
    assertThat(wheel.leave("acme", "me")).isFalse();

    assertThat(wheel.prepareLeave("acme", "me")).isTrue();
    assertThat(wheel.prepareLeave("acme", "somebody else")).isTrue();
    assertThat(wheel.leave("acme", "me")).isFalse();
    assertThat(wheel.isEnrolled("acme")).isTrue();
  }

  @Test
  void keepingIsNoUse() {
    Wheel wheel = emptyWheel(1);

    assertThat(wheel.keep("acme")).isTrue();
    wheel.watch("acme", 10);
    assertThat(wheel.keep("acme")).isFalse();

    assertThat(wheel.slot(0)).containsExactly(new Member("acme", 10L));
  }

  @Test
  void notesOnceSinceWhenATenantIsNotUsed() {
    Wheel wheel = emptyWheel(1);
    assertThat(wheel.enrol("acme")).isTrue();

    wheel.watch("acme", 10);
    wheel.watch("acme", 20);
    wheel.watch("neverThere", 10);

    assertThat(wheel.slot(0)).containsExactly(new Member("acme", 10L));
    assertThat(wheel.isEnrolled("neverThere")).isFalse();
  }

  @Test
  void enrollingForgetsThatATenantWasNotUsed() {
    Wheel wheel = emptyWheel(1);
    assertThat(wheel.enrol("acme")).isTrue();
    wheel.watch("acme", 10);

    assertThat(wheel.enrol("acme")).isFalse();

    assertThat(wheel.slot(0)).containsExactly(new Member("acme", null));
  }

  @Test
  void takesATenantOffThatIsStillNotUsed() {
    Wheel wheel = emptyWheel(1);
    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(wheel.leaveUnused(new Member("acme", null))).isFalse();
    wheel.watch("acme", 10);

    assertThat(wheel.leaveUnused(new Member("acme", null))).isFalse();
    assertThat(wheel.leaveUnused(new Member("acme", 11L))).isFalse();
    assertThat(wheel.isEnrolled("acme")).isTrue();
    assertThat(wheel.leaveUnused(new Member("acme", 10L))).isTrue();
    assertThat(wheel.isEnrolled("acme")).isFalse();
    assertThat(wheel.leaveUnused(new Member("acme", 10L))).isFalse();
  }

  @Test
  void aTenantThatWasUsedMeanwhileStays() {
    Wheel wheel = emptyWheel(1);
    assertThat(wheel.enrol("acme")).isTrue();
    wheel.watch("acme", 10);
    Member unused = wheel.slot(0).getFirst();
    assertThat(wheel.enrol("acme")).isFalse();

    assertThat(wheel.leaveUnused(unused)).isFalse();

    assertThat(wheel.isEnrolled("acme")).isTrue();
  }

  @Test
  void keepsEveryTenantInItsSlot() {
    Wheel wheel = emptyWheel(SLOTS);
    List<String> tenants = numbers(200).stream().map(i -> "tenant-" + i).toList();
    tenants.forEach(tenant -> assertThat(wheel.enrol(tenant)).isTrue());

    for (int slot = 0; slot < SLOTS; slot++) {
      int current = slot;
      assertThat(wheel.slot(slot))
          .extracting(Member::tenant)
          .containsExactlyInAnyOrderElementsOf(
              tenants.stream().filter(t -> Wheel.slotOf(t, SLOTS) == current).toList());
    }
  }

  @Test
  void pagesThroughItsTenants() {
    Wheel wheel = emptyWheel(SLOTS);
    List<String> tenants = numbers(10).stream().map(i -> "tenant-" + i).toList();
    tenants.forEach(tenant -> assertThat(wheel.enrol(tenant)).isTrue());
    assertThat(wheel.advance(null, new Cursor(1, 1))).isTrue();
    wheel.putDiscovery(new Discovery(1, null));

    List<String> paged = new ArrayList<>();
    String from = null;
    do {
      Source.TenantPage page = wheel.tenants(from, 3);
      assertThat(page.tenants()).hasSizeLessThanOrEqualTo(3);
      paged.addAll(page.tenants());
      from = page.next();
    } while (from != null);

    assertThat(paged).containsExactlyInAnyOrderElementsOf(tenants);
  }

  @Test
  void keepsTheCursorApartFromTheTenants() {
    Wheel wheel = emptyWheel(1);
    assertThat(wheel.enrol("cursor")).isTrue();
    assertThat(wheel.enrol("discovery")).isTrue();

    assertThat(wheel.advance(null, new Cursor(1, 2))).isTrue();
    wheel.putDiscovery(new Discovery(1, "2"));
    assertThat(wheel.prepareLeave("discovery", "me")).isTrue();
    assertThat(wheel.leave("discovery", "me")).isTrue();

    assertThat(wheel.slot(0)).containsExactly(new Member("cursor", null));
    assertThat(wheel.cursor()).isEqualTo(new Cursor(1, 2));
    assertThat(wheel.discovery()).isEqualTo(new Discovery(1, "2"));
  }

  @Test
  void advancesFromWhereTheCursorIs() {
    Wheel wheel = emptyWheel(SLOTS);
    Cursor first = new Cursor(100, 293);
    Cursor second = new Cursor(101, 293);

    assertThat(wheel.advance(first, second)).isFalse();
    assertThat(wheel.cursor()).isNull();
    assertThat(wheel.advance(null, first)).isTrue();
    assertThat(wheel.advance(null, second)).isFalse();
    assertThat(wheel.advance(second, first)).isFalse();
    assertThat(wheel.advance(new Cursor(100, 292), second)).isFalse();
    assertThat(wheel.cursor()).isEqualTo(first);
    assertThat(wheel.advance(first, second)).isTrue();
    assertThat(wheel.cursor()).isEqualTo(second);
  }

  @Test
  void advancesToSlotsOfAnotherLength() {
    Wheel wheel = emptyWheel(SLOTS);
    Cursor seconds = new Cursor(1_767_225_600L, 1_000);
    Cursor minutes = new Cursor(29_453_760L, 60_000);
    assertThat(wheel.advance(null, seconds)).isTrue();

    assertThat(wheel.advance(seconds, minutes)).isTrue();

    assertThat(wheel.cursor()).isEqualTo(minutes);
  }

  @Test
  @Tag(CacheTableContract.ATOMICITY)
  void onlyOneOfManyAdvances() {
    Wheel wheel = emptyWheel(SLOTS);

    List<Boolean> results =
        Fanout.bounded(8).map(numbers(8), i -> wheel.advance(null, new Cursor(i, 1)));

    assertThat(results).containsOnlyOnce(true);
    assertThat(wheel.cursor()).isEqualTo(new Cursor(results.indexOf(true), 1));
  }

  @Test
  void remembersTheLatestDiscovery() {
    Wheel wheel = emptyWheel(SLOTS);

    wheel.putDiscovery(new Discovery(1, "page 2"));
    assertThat(wheel.discovery()).isEqualTo(new Discovery(1, "page 2"));

    wheel.putDiscovery(new Discovery(1, null));
    assertThat(wheel.discovery()).isEqualTo(new Discovery(1, null));
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
