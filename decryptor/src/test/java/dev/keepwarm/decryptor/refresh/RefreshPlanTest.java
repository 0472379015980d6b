package dev.keepwarm.decryptor.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The policy as tables. A line is an entry of the cache, a column is a demand, and a cell is the
 * resulting step. {@code keep} means that the entry stays if the original cannot be decoded.
 *
 * <p>Entries: {@code tombstone}, with the oldest version that may follow if one is given; {@code
 * revoked} up to a version; {@code ready} with a version, {@code fresh}, {@code due} or {@code
 * cold}, {@code alone} if the tenant had one credential less when it was written; {@code failed}
 * with a version if the row had one, {@code waiting} for its next try or {@code ready for} it;
 * {@code after 4}: what it is now follows a revocation of version 4; {@code ended}: the table may
 * delete it.
 */
final class RefreshPlanTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final CredentialId ID = new CredentialId("t", "n");
  private static final CredentialId OTHER = new CredentialId("t", "other");

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      useHeadersInDisplayName = true,
      textBlock =
          """
          the row is an original of 5 | due       | forced  | at least 5 | at least 6 | other
          none                        | seal      | seal    | seal       | behind     | -
          tombstone                   | seal      | seal    | seal       | behind     | -
          tombstone 4                 | seal      | seal    | seal       | behind     | -
          tombstone 5                 | seal      | seal    | seal       | behind     | -
          tombstone 6                 | behind    | behind  | behind     | behind     | -
          revoked 4                   | seal      | seal    | seal       | behind     | -
          revoked 5                   | refused   | refused | refused    | behind     | -
          revoked 6                   | refused   | refused | refused    | behind     | -
          revoked all                 | refused   | refused | refused    | behind     | -
          ready 4 fresh               | seal      | seal    | seal       | behind     | -
          ready 4 due                 | seal      | seal    | seal       | behind     | -
          ready 5 fresh               | -         | seal    | seal       | behind     | -
          ready 5 fresh alone         | seal keep | seal    | seal       | behind     | -
          ready 5 due                 | seal keep | seal    | seal       | behind     | -
          ready 5 cold                | seal      | seal    | seal       | behind     | -
          ready 6 fresh               | behind    | behind  | behind     | behind     | -
          ready 6 cold                | behind    | behind  | behind     | behind     | -
          ready 5 fresh after 4       | -         | seal    | seal       | behind     | -
          ready 5 due after 4         | seal keep | seal    | seal       | behind     | -
          ready 6 fresh after 5       | behind    | behind  | behind     | behind     | -
          ready 6 cold after 5        | behind    | behind  | behind     | behind     | -
          failed 4 waiting            | seal      | seal    | seal       | behind     | -
          failed 5 waiting            | -         | seal    | seal       | behind     | -
          failed 5 retry              | seal      | seal    | seal       | behind     | -
          failed 6 waiting            | behind    | behind  | behind     | behind     | -
          failed waiting              | seal      | seal    | seal       | behind     | -
          failed waiting after 5      | refused   | refused | refused    | behind     | -
          failed 6 waiting after 5    | behind    | behind  | behind     | behind     | -
          not-found waiting           | seal      | seal    | seal       | behind     | -
          not-found waiting after 5   | refused   | refused | refused    | behind     | -
          """)
  void original(
      String entry, String due, String forced, String atLeast5, String atLeast6, String other) {
    check(
        entry,
        new SourceRow.Original(ID, "profile", "ciphertext", 5),
        due,
        forced,
        atLeast5,
        atLeast6,
        other);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      useHeadersInDisplayName = true,
      textBlock =
          """
          the row is unusable, of 5   | due       | forced  | at least 5 | at least 6 | other
          none                        | fail      | fail    | fail       | behind     | -
          tombstone                   | fail      | fail    | fail       | behind     | -
          tombstone 6                 | behind    | behind  | behind     | behind     | -
          revoked 4                   | fail      | fail    | fail       | behind     | -
          revoked 5                   | refused   | refused | refused    | behind     | -
          ready 4 due                 | fail      | fail    | fail       | behind     | -
          ready 5 fresh               | -         | fail    | fail       | behind     | -
          ready 5 fresh alone         | fail keep | fail    | fail       | behind     | -
          ready 5 due                 | fail keep | fail    | fail       | behind     | -
          ready 5 cold                | fail      | fail    | fail       | behind     | -
          ready 6 fresh               | behind    | behind  | behind     | behind     | -
          failed 4 waiting            | fail      | fail    | fail       | behind     | -
          failed 5 waiting            | -         | fail    | fail       | behind     | -
          failed 5 retry              | fail      | fail    | fail       | behind     | -
          failed 6 waiting            | behind    | behind  | behind     | behind     | -
          """)
  void unusable(
      String entry, String due, String forced, String atLeast5, String atLeast6, String other) {
    check(entry, new SourceRow.Unusable(ID, 5L, "BAD_ROW"), due, forced, atLeast5, atLeast6, other);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      useHeadersInDisplayName = true,
      textBlock =
          """
          the row has no version      | due       | forced  | at least 5 | at least 6 | other
          none                        | fail      | fail    | fail       | fail       | -
          tombstone                   | fail      | fail    | fail       | fail       | -
          tombstone 6                 | fail      | fail    | fail       | fail       | -
          revoked 5                   | refused   | refused | refused    | refused    | -
          revoked all                 | refused   | refused | refused    | refused    | -
          ready 5 fresh               | -         | fail    | fail       | fail       | -
          ready 5 due                 | fail keep | fail    | fail       | fail       | -
          ready 5 cold                | fail      | fail    | fail       | fail       | -
          ready 6 due after 5         | fail keep | fail    | fail       | fail       | -
          failed 5 waiting            | -         | fail    | fail       | fail       | -
          failed waiting              | -         | fail    | fail       | fail       | -
          failed retry                | fail      | fail    | fail       | fail       | -
          """)
  void unusableWithoutVersion(
      String entry, String due, String forced, String atLeast5, String atLeast6, String other) {
    check(
        entry, new SourceRow.Unusable(ID, null, "BAD_ROW"), due, forced, atLeast5, atLeast6, other);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      useHeadersInDisplayName = true,
      textBlock =
          """
          there is no row             | due       | forced  | at least 5 | at least 6 | other
          none                        | -         | fail    | behind     | behind     | -
          tombstone                   | fail      | fail    | behind     | behind     | -
          tombstone 6                 | -         | fail    | behind     | behind     | -
          revoked 5                   | -         | refused | behind     | behind     | -
          revoked all                 | -         | refused | behind     | behind     | -
          ready 5 fresh               | bury      | fail    | behind     | behind     | -
          ready 5 due                 | bury      | fail    | behind     | behind     | -
          ready 5 cold                | bury      | fail    | behind     | behind     | -
          ready 6 fresh after 5       | bury      | fail    | behind     | behind     | -
          failed 5 waiting            | bury      | fail    | behind     | behind     | -
          failed waiting              | bury      | fail    | behind     | behind     | -
          not-found waiting           | -         | fail    | behind     | behind     | -
          not-found retry             | -         | fail    | behind     | behind     | -
          tombstone ended             | forget    | fail    | behind     | behind     | -
          not-found waiting ended     | forget    | fail    | behind     | behind     | -
          ready 5 fresh ended         | bury      | fail    | behind     | behind     | -
          """)
  void noRow(
      String entry, String due, String forced, String atLeast5, String atLeast6, String other) {
    check(entry, null, due, forced, atLeast5, atLeast6, other);
  }

  /** It may be readable even past its hard expiry. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatCanBeVouchedForLivesOnIfItDoesNotDecode(boolean isSealed) {
    Vouching vouching = new Vouching(isSealed ? NOW + 1 : NOW, 0, zeros(12), zeros(32), zeros(28));
    SealedCredential vouchable = sealed(5, List.of("cold")).with(vouching);
    Entry entry = Entry.ready(ID, 3, vouchable, 2, null, null);
    SourceRow.Original original = new SourceRow.Original(ID, "profile", "ciphertext", 5);

    assertThat(step(entry, original, Demand.due("t"))).isEqualTo(isSealed ? "seal keep" : "seal");
    assertThat(step(entry, original, forced(null))).isEqualTo("seal");
  }

  /** A record that vouches names one state of the tenant, and has one slot and signer. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 1, false",
    "0, 0, 0, 0, true",
    "1, 0, 0, 1, true",
    "0, 1, 0, 1, true",
    "0, 0, 1, 1, true",
    // The id of the next period, which a decryptor whose clock is ahead uses.
    "0, 2, 0, 1, false",
  })
  void whatNobodyWillVouchForIsDue(int slot, int id, int signer, long left, boolean isDue) {
    Vouching vouching = new Vouching(NOW + left, slot, bytes(12, id), bytes(32, signer), zeros(28));
    SealedCredential fresh = sealed(5, List.of("fresh")).with(vouching);
    Entry entry = Entry.ready(ID, 3, fresh, 1, null, null);
    SourceRow.Original row = new SourceRow.Original(ID, "profile", "ciphertext", 5);
    Vouchable.Sealing sealing =
        new Vouchable(
                0,
                zeros(32),
                Duration.ofDays(1),
                rows -> new Vouchable.Ids(zeros(12), bytes(12, 2)))
            .of(List.of(row), List.of(fresh));

    List<RefreshPlan.Step> withNobody =
        RefreshPlan.of(List.of(entry), List.of(row), Demand.due("t"), null, NOW);
    List<RefreshPlan.Step> steps =
        RefreshPlan.of(List.of(entry), List.of(row), Demand.due("t"), sealing, NOW);

    assertThat(withNobody).isEmpty();
    assertThat(steps).hasSize(isDue ? 1 : 0);
  }

  /** Items that expire by themselves or come from changes do not count. */
  @ParameterizedTest(name = "{0}, at the source: {1}")
  @CsvSource({
    "tombstone, false, unknown",
    "not-found waiting, false, unknown",
    "tombstone, true, fail",
    "not-found waiting after 5, false, fail",
    "revoked 5, false, fail",
    "ready 5 fresh, false, fail",
    "failed 5 waiting, false, fail",
  })
  void onlyItemsOfUnknownNamesCountAgainstTheBound(
      String others, boolean isAtTheSource, String step) {
    List<Entry> entries = new ArrayList<>();
    List<SourceRow> rows = new ArrayList<>();
    rows.add(new SourceRow.Original(OTHER, "profile", "ciphertext", 1));
    for (int i = 0; i < RefreshPlan.MOST_UNKNOWN; i++) {
      CredentialId other = new CredentialId("t", "other-" + i);
      entries.add(entry(other, others));
      if (isAtTheSource) {
        rows.add(new SourceRow.Original(other, "profile", "ciphertext", 5));
      }
    }
    Lease lease = new Lease("somebody", NOW + 1);
    entries.add(
        new Entry(
            ID,
            Fences.ofLease(lease.by()),
            Entry.Tombstone.BARE,
            null,
            lease,
            null,
            Evidence.NONE));

    assertThat(RefreshPlan.of(entries, rows, forced(null), null, NOW))
        .extracting(RefreshPlanTest::name)
        .containsExactly(step);
  }

  private static SdkBytes bytes(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return SdkBytes.fromByteArray(bytes);
  }

  private static SdkBytes zeros(int length) {
    return bytes(length, 0);
  }

  @Test
  void everyStepCarriesTheEntryAsItWasRead() {
    Entry ready = entry("ready 5 due");
    Entry revoked = entry("revoked 5");
    SourceRow.Original original = new SourceRow.Original(ID, "profile", "ciphertext", 5);

    assertThat(plan(ready, original, Demand.due("t")))
        .containsExactly(new RefreshPlan.Seal(original, ready, true, false));
    assertThat(plan(ready, new SourceRow.Unusable(ID, null, "BAD_ROW"), Demand.due("t")))
        .containsExactly(new RefreshPlan.Fail(ID, null, "BAD_ROW", ready, true, false));
    assertThat(plan(ready, null, Demand.due("t"))).containsExactly(new RefreshPlan.Bury(ready));
    assertThat(plan(ready, null, forced(null)))
        .containsExactly(new RefreshPlan.Fail(ID, null, Failure.NOT_FOUND, ready, false, false));
    assertThat(plan(revoked, original, Demand.due("t")))
        .containsExactly(new RefreshPlan.Refused(revoked));
  }

  @Test
  void stepsAreInTheOrderOfTheNamesOfCacheSourceAndDemand() {
    SourceRow b = new SourceRow.Original(new CredentialId("t", "b"), "profile", "ciphertext", 5);
    Entry c = entry(new CredentialId("t", "c"), "ready 5 due");
    Demand demand = Demand.only("t", List.of("c", "b", "a", "d"), null);

    assertThat(RefreshPlan.of(List.of(c), List.of(b), demand, null, NOW))
        .extracting(step -> step.id().name())
        .containsExactly("a", "b", "c", "d");
  }

  @Test
  void aCredentialThatAppearsAtTheSourceMakesItsSiblingsDue() {
    Entry known = entry("ready 5 fresh alone");
    SourceRow row = new SourceRow.Original(ID, "profile", "ciphertext", 5);
    SourceRow added = new SourceRow.Original(OTHER, "profile", "ciphertext", 1);

    assertThat(RefreshPlan.of(List.of(known), List.of(row), Demand.due("t"), null, NOW)).isEmpty();
    assertThat(RefreshPlan.of(List.of(known), List.of(row, added), Demand.due("t"), null, NOW))
        .extracting(step -> step.id().name())
        .containsExactly("n", "other");
  }

  private static void check(
      String entry,
      @Nullable SourceRow row,
      String due,
      String forced,
      String atLeast5,
      String atLeast6,
      String other) {
    Entry before = entry.equals("none") ? null : entry(entry);
    assertThat(step(before, row, Demand.due("t"))).as("due").isEqualTo(due);
    assertThat(step(before, row, forced(null))).as("forced").isEqualTo(forced);
    assertThat(step(before, row, forced(5L))).as("at least 5").isEqualTo(atLeast5);
    assertThat(step(before, row, forced(6L))).as("at least 6").isEqualTo(atLeast6);
    assertThat(step(before, row, Demand.only("t", List.of(), null))).as("other").isEqualTo(other);
  }

  private static Demand forced(@Nullable Long oldest) {
    return Demand.only("t", List.of("n"), oldest);
  }

  private static List<RefreshPlan.Step> plan(
      @Nullable Entry entry, @Nullable SourceRow row, Demand demand) {
    // A second credential, which is never due, so that "alone" can mean something.
    SourceRow other = new SourceRow.Original(OTHER, "profile", "ciphertext", 1);
    Entry otherEntry = entry(OTHER, "ready 1 fresh");
    return RefreshPlan.of(
            entry == null ? List.of(otherEntry) : List.of(entry, otherEntry),
            row == null ? List.of(other) : List.of(row, other),
            demand,
            null,
            NOW)
        .stream()
        .filter(step -> step.id().equals(ID))
        .toList();
  }

  private static String step(@Nullable Entry entry, @Nullable SourceRow row, Demand demand) {
    List<RefreshPlan.Step> steps = plan(entry, row, demand);
    if (steps.isEmpty()) {
      return "-";
    }
    assertThat(steps).hasSize(1);
    return name(steps.getFirst());
  }

  private static String name(RefreshPlan.Step step) {
    return switch (step) {
      case RefreshPlan.Seal seal -> seal.keepOnFailure() ? "seal keep" : "seal";
      case RefreshPlan.Fail fail -> fail.keepOnFailure() ? "fail keep" : "fail";
      case RefreshPlan.Bury bury -> "bury";
      case RefreshPlan.Unknown unknown -> "unknown";
      case RefreshPlan.Forget forget -> "forget";
      case RefreshPlan.Behind behind -> "behind";
      case RefreshPlan.Refused refused -> "refused";
    };
  }

  private static Entry entry(String notation) {
    return entry(ID, notation);
  }

  private static Entry entry(CredentialId id, String notation) {
    String[] parts = notation.split(" after ", -1);
    List<String> words = List.of(parts[0].split(" ", -1));
    Revocation revocation =
        parts.length == 1 ? null : new Revocation(Long.parseLong(parts[1]), NOW - 1, NOW);
    Long version =
        words.size() > 1 && words.get(1).matches("\\d+") ? Long.valueOf(words.get(1)) : null;
    int siblings = words.contains("alone") ? 1 : 2;
    long retryAt = words.contains("waiting") ? NOW + 1 : NOW;
    Long deletableAt = words.contains("ended") ? Long.valueOf(NOW / 1000 - 1) : null;
    return switch (words.getFirst()) {
      case "tombstone" -> tombstone(id, version, null, deletableAt);
      case "revoked" ->
          tombstone(
              id,
              null,
              new Revocation(version == null ? Revocation.ALL_VERSIONS : version, NOW - 1, NOW),
              null);
      case "ready" -> Entry.ready(id, 3, sealed(version, words), siblings, revocation, deletableAt);
      case "failed" ->
          Entry.failed(
              id, 3, version, new Failure("BAD_PADDING", retryAt), 2, revocation, NOW - 1, null);
      case "not-found" ->
          Entry.failed(
              id,
              3,
              null,
              new Failure(Failure.NOT_FOUND, retryAt),
              2,
              revocation,
              NOW - 1,
              deletableAt);
      default -> throw new IllegalArgumentException(notation);
    };
  }

  private static Entry tombstone(
      CredentialId id,
      @Nullable Long floor,
      @Nullable Revocation revocation,
      @Nullable Long deletableAt) {
    return new Entry(
        id, 3, new Entry.Tombstone(floor), revocation, null, deletableAt, Evidence.NONE);
  }

  private static SealedCredential sealed(long version, List<String> words) {
    long softExpiresAt = words.contains("fresh") ? NOW + 1 : NOW;
    long hardExpiresAt = words.contains("cold") ? NOW : NOW + 1;
    SdkBytes bytes = SdkBytes.fromUtf8String("x");
    return new SealedCredential(
        version, bytes, bytes, NOW - 1, NOW - 1, softExpiresAt, hardExpiresAt);
  }
}
