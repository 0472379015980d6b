package dev.keepwarm.cli.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.keepwarm.core.internal.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EstimateTest {
  private static final Path DOCUMENT = Checkout.root().resolve("docs/deploying.md");
  private static final Duration TTL = Duration.ofMinutes(15);
  private static final List<Long> SIZES = List.of(1_000L, 100_000L, 10_000_000L);
  private static final List<Duration> TTLS =
      List.of(TTL, Duration.ofHours(1), Duration.ofHours(6), Duration.ofHours(24));

  private final Prices prices = Prices.load();

  @Test
  void aTurnSealsEveryCredentialOnce() {
    // 30 days in turns of 5 minutes are 8,640.
    assertThat(line(100_000, "entries sealed, writes").quantity()).isEqualTo(864e6, within(1.0));
    assertThat(line(100_000, "entries sealed, writes").dollars()).isEqualTo(540, within(0.01));
  }

  @Test
  void aRefreshReadsATenantsEntriesAndOriginalsAtOnce() {
    // Ten entries of 1 KB are three units of 4 KB, ten originals of 0.6 KB two.
    assertThat(line(100_000, "refreshes, reads of cache and source").quantity())
        .isEqualTo(10_000 * 8640.0 * 5, within(1.0));
  }

  @Test
  void tenantsOfARequestShareEvents() {
    // 1,024 slots in chunks of 32 are 32 requests a turn: 313 tenants each, in 13 events.
    assertThat(line(100_000, "tenants due").quantity()).isEqualTo(32 * 13 * 8640.0, within(1.0));
    // There are fewer tenants than requests, so each has its own event.
    assertThat(line(100, "tenants due").quantity()).isEqualTo(10 * 8640.0, within(1.0));
  }

  @Test
  void aDecryptorThatRemembersItsTenantsKeysAsksKmsForThemOnce() {
    assertThat(line(100_000, "data keys opened by decryptors").quantity())
        .isEqualTo(10_000 * 300.0, within(1.0));
    assertThat(line(100_010, "data keys opened by decryptors").quantity())
        .isEqualTo(10_001 * 8640.0, within(1.0));
  }

  @Test
  void theSumIsThatOfTheServices() {
    Estimate estimate = Estimate.of(Workload.of(100_000, TTL), prices);

    assertThat(services(estimate).stream().mapToDouble(estimate::dollars).sum())
        .isEqualTo(estimate.dollars(), within(1e-6));
    assertThat(estimate.lines()).allMatch(line -> line.dollars() >= 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1_000, 100_000, 10_000_000})
  void whatIsKeptLongerCostsLess(long credentials) {
    assertThat(TTLS)
        .extracting(ttl -> -Estimate.of(Workload.of(credentials, ttl), prices).dollars())
        .isSorted();
  }

  @Test
  void aCheckReadsOriginalsForHalfThePrice() {
    // Ten originals of 0.6 KB are two units, and half of that if they need not be the latest.
    assertThat(recordsLine(100_000, "checks of the source, reads").quantity())
        .isEqualTo(10_000 * 8640.0, within(1.0));
  }

  @Test
  void whoDoesNotChangeIsSealedTwiceADay() {
    // 10,000 tenants; one change a credential, and a resolve for every ten of them. These two also
    // renew the generation.
    assertThat(recordsLine(100_000, "what was sealed, writes").quantity())
        .isEqualTo(10_000 * 60.0 + 2 * (100_000 + 10_000), within(1.0));
  }

  @Test
  void aRecordASlotAndTurn() {
    // Ten tenants a slot are 340 bytes, one write unit.
    assertThat(recordsLine(100_000, "records, writes").quantity())
        .isEqualTo(1024 * 8640.0, within(1000.0));
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 1024, 20",
    "10000, 1024, 30",
    "1000000, 1024, 350",
    "100000000, 102400, 33000"
  })
  void recordsCostLittle(long credentials, int slots, double most) {
    assertThat(Estimate.ofRecords(load(credentials, slots, TTL), prices).dollars())
        .isLessThanOrEqualTo(most);
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000, 1_000_000})
  void aShortLifeCostsWhatALongOneDoesIfChecksAreAsOften(long credentials) {
    Duration sealLife = Duration.ofHours(48);
    double shortest = Estimate.ofRecords(load(credentials, 1024, TTL, sealLife), prices).dollars();

    for (Duration ttl : TTLS) {
      assertThat(Estimate.ofRecords(load(credentials, 1024, ttl, sealLife), prices).dollars())
          .isEqualTo(shortest, within(0.01 * shortest));
    }
  }

  @Test
  void everyPriceIsUsed() {
    Set<String> unused = new LinkedHashSet<>(prices.dollars().keySet());
    for (String name : Set.copyOf(unused)) {
      Map<String, Double> dearer = new HashMap<>(prices.dollars());
      dearer.put(name, 2 * prices.of(name));
      Prices other = new Prices(prices.region(), prices.asOf(), prices.source(), dearer);
      Workload load = Workload.of(1_000, TTL);
      Viewing viewing = new Viewing(1, 1, 1, 1, 1, 1, 1);
      if (all(load, other) > all(load, prices)
          || viewing.dollars(other) > viewing.dollars(prices)) {
        unused.remove(name);
      }
    }
    assertThat(unused).isEmpty();
  }

  /** Compared every five minutes, whatever the ttl. */
  private static Workload load(long credentials, int slots, Duration ttl) {
    return load(credentials, slots, ttl, Workload.of(credentials, ttl).sealLife());
  }

  private static Workload load(long credentials, int slots, Duration ttl, Duration sealLife) {
    Workload usual = Workload.of(credentials, ttl);
    return new Workload(
        credentials,
        usual.perTenant(),
        ttl,
        slots,
        usual.reads(),
        usual.missShare(),
        usual.unwrapShare(),
        usual.changes(),
        usual.sealedPerSecond(),
        Duration.ofMinutes(5),
        sealLife,
        usual.checkedPerSecond());
  }

  private static double all(Workload load, Prices prices) {
    return Estimate.of(load, prices).dollars()
        + Arrays.stream(Alternative.values())
            .mapToDouble(alternative -> alternative.estimate(load, prices).dollars())
            .sum();
  }

  @Test
  void secretsManagerCostsByTheSecretAndByTheCall() {
    // 1,000 secrets at 40 cents; 100,000 reads and 1,000 changes at 5 dollars a million.
    assertThat(Alternative.SECRETS_MANAGER.estimate(Workload.of(1_000, TTL), prices).dollars())
        .isEqualTo(400 + 0.505, within(1e-9));
  }

  @Test
  void anAwaitedDecryptorCostsByTheRead() {
    Estimate estimate = Alternative.AWAITED_DECRYPTOR.estimate(Workload.of(1_000_000, TTL), prices);

    assertThat(estimate.lines())
        .filteredOn(line -> line.what().equals("decryptor, GB seconds"))
        .singleElement()
        // One read in a hundred takes 1.2 s, the others 20 ms.
        .satisfies(line -> assertThat(line.quantity()).isEqualTo(3.18e6, within(1.0)));
    assertThat(estimate.dollars("Lambda")).isEqualTo(20 + 42.4, within(0.01));
  }

  @Test
  void theDocumentHasTheseFigures() throws IOException {
    StringBuilder expected =
        new StringBuilder("| a month, in dollars | 1,000 | 100,000 | 10 million |\n");
    expected.append("| --- | ---: | ---: | ---: |\n");
    List<Estimate> estimates =
        SIZES.stream().map(size -> Estimate.of(Workload.of(size, TTL), prices)).toList();
    for (String service : services(estimates.getFirst())) {
      row(expected, service, estimates.stream().map(one -> one.dollars(service)).toList());
    }
    row(expected, "**`ttl` 15 min, all**", estimates.stream().map(Estimate::dollars).toList());
    for (Duration ttl : TTLS.subList(1, TTLS.size())) {
      row(
          expected,
          "**`ttl` " + ttl.toHours() + " h, all**",
          SIZES.stream()
              .map(size -> Estimate.of(Workload.of(size, ttl), prices).dollars())
              .toList());
    }

    assertDocument(DOCUMENT, "cost", expected.toString());
    assertDocument(
        DOCUMENT,
        "prices",
        wrapped(
            "Prices: " + prices.region() + ", " + prices.asOf() + ", " + prices.source() + "."));
  }

  @Test
  void theDocumentHasTheFiguresOfRecords() throws IOException {
    StringBuilder expected =
        new StringBuilder(
            "| credentials | slots | sealed again in each turn | freshness records |\n");
    expected.append("| ---: | ---: | ---: | ---: |\n");
    for (long credentials : List.of(1_000L, 10_000L, 1_000_000L, 100_000_000L)) {
      int slots = credentials > 1_000_000 ? 65_536 : 1024;
      Workload load = load(credentials, slots, TTL);
      row(
          expected,
          String.format(Locale.ROOT, "%,d | %,d", credentials, slots),
          List.of(Estimate.of(load, prices).dollars(), Estimate.ofRecords(load, prices).dollars()));
    }
    expected.append("\nA million credentials compared every five minutes, by `ttl`:\n\n");
    expected.append(
        "| `ttl` | sealed again in each turn | freshness records |\n| --- | ---: | ---: |\n");
    for (Duration ttl : List.of(TTL, Duration.ofHours(1), Duration.ofHours(24))) {
      Workload load = load(1_000_000, 1024, ttl);
      row(
          expected,
          ttl.toHours() == 0 ? ttl.toMinutes() + " min" : ttl.toHours() + " h",
          List.of(Estimate.of(load, prices).dollars(), Estimate.ofRecords(load, prices).dollars()));
    }
    assertDocument(DOCUMENT, "records", expected.toString());
  }

  @Test
  void theReadmeSaysWhatWarmthCosts() throws IOException {
    StringBuilder expected =
        new StringBuilder(
            "| credentials | sealed again in each turn (default) | freshness records |\n");
    expected.append("| ---: | ---: | ---: |\n");
    for (long credentials : List.of(1_000L, 10_000L, 100_000L, 1_000_000L)) {
      Workload load = Workload.of(credentials, TTL);
      row(
          expected,
          String.format(Locale.ROOT, "%,d", credentials),
          List.of(Estimate.of(load, prices).dollars(), Estimate.ofRecords(load, prices).dollars()));
    }
    assertDocument(Checkout.root().resolve("README.md"), "warmth", expected.toString());
  }

  private Estimate.Line recordsLine(long credentials, String what) {
    return Estimate.ofRecords(Workload.of(credentials, TTL), prices).lines().stream()
        .filter(line -> line.what().equals(what))
        .findFirst()
        .orElseThrow();
  }

  private Estimate.Line line(long credentials, String what) {
    return Estimate.of(Workload.of(credentials, TTL), prices).lines().stream()
        .filter(line -> line.what().equals(what))
        .findFirst()
        .orElseThrow();
  }

  private static Set<String> services(Estimate estimate) {
    Set<String> services = new LinkedHashSet<>();
    estimate.lines().forEach(line -> services.add(line.service()));
    return services;
  }

  private static void row(StringBuilder table, String name, List<Double> dollars) {
    table.append("| ").append(name);
    dollars.forEach(
        one -> table.append(String.format(Locale.ROOT, one < 100 ? " | %,.2f" : " | %,.0f", one)));
    table.append(" |\n");
  }

  /** Breaks a paragraph into lines of at most 120 characters. */
  private static String wrapped(String paragraph) {
    StringBuilder text = new StringBuilder();
    int column = 0;
    for (String word : paragraph.split(" ", -1)) {
      if (column > 0 && column + 1 + word.length() > 120) {
        text.append('\n');
        column = 0;
      } else if (column > 0) {
        text.append(' ');
        column++;
      }
      text.append(word);
      column += word.length();
    }
    return text.append('\n').toString();
  }

  private static void assertDocument(Path file, String section, String text) throws IOException {
    String document = Files.readString(file);
    String begin = "<!-- " + section + ": -Dcost=write -->\n\n";
    int from = document.indexOf(begin) + begin.length();
    int to = document.indexOf("\n<!-- end -->", from);
    assertThat(from).isGreaterThan(begin.length());
    String expected = document.substring(0, from) + text + document.substring(to);
    if ("write".equals(System.getProperty("cost"))) {
      Files.writeString(file, expected);
    }
    assertThat(file).content().as("run this test with -Dcost=write").isEqualTo(expected);
  }
}
