package dev.keepwarm.bench.scale;

import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.Wheel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;
import org.jspecify.annotations.Nullable;

/**
 * A wheel of a population that is too large for this machine. It generates a slot's tenants when
 * they are read, and counts requests and read units as DynamoDB would. It has only the operations
 * that a warmer's tick uses. Thread-safe.
 */
final class SimulatedWheel implements Wheel {
  /** DynamoDB's rule: half a unit for each 4 KB begun of an eventually consistent query. */
  private static final int UNIT_BYTES = 4096;

  /** A query's page ends after this size. */
  private static final int PAGE_BYTES = 1 << 20;

  private final Population population;
  private final AtomicLong requests = new AtomicLong();
  private final DoubleAdder readUnits = new DoubleAdder();
  private @Nullable Cursor cursor;

  SimulatedWheel(Population population) {
    this.population = population;
  }

  /** The read units since the last call. */
  double takeReadUnits() {
    return readUnits.sumThenReset();
  }

  /** The requests of any kind since the last call. */
  long takeRequests() {
    return requests.getAndSet(0);
  }

  @Override
  public List<Member> slot(int slot) {
    List<Member> members = new ArrayList<>();
    long first = (long) slot * Population.PER_SLOT;
    for (long number = first; number < first + Population.PER_SLOT; number++) {
      members.add(new Member(Population.tenant(number), null));
    }
    int bytes = Population.PER_SLOT * itemBytes(slot, members.getFirst().tenant());
    requests.addAndGet(Math.ceilDiv(bytes, PAGE_BYTES));
    readUnits.add(Math.ceilDiv(bytes, UNIT_BYTES) / 2.0);
    return members;
  }

  /** Names and values of both attributes; a number takes a byte for two digits, and one more. */
  private static int itemBytes(int slot, String tenant) {
    int digits = Integer.toString(slot).length();
    return "slot".length() + Math.ceilDiv(digits, 2) + 1 + "tenant".length() + tenant.length();
  }

  @Override
  public synchronized @Nullable Cursor cursor() {
    requests.incrementAndGet();
    readUnits.add(1);
    return cursor;
  }

  @Override
  public synchronized boolean advance(@Nullable Cursor from, Cursor to) {
    requests.incrementAndGet();
    if (!Objects.equals(cursor, from)) {
      return false;
    }
    cursor = to;
    return true;
  }

  @Override
  public boolean enrol(String tenant) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean keep(String tenant) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean forget(String tenant) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean prepareLeave(String tenant, String by) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean leave(String tenant, String by) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isEnrolled(String tenant) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void watch(String tenant, long nowMillis) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean leaveUnused(Member member) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Source.TenantPage tenants(@Nullable String from, int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable Discovery discovery() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void putDiscovery(Discovery discovery) {
    throw new UnsupportedOperationException();
  }
}
