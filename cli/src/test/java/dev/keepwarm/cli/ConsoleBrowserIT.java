package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.cli.browser.Chromium;
import dev.keepwarm.cli.console.Backend;
import dev.keepwarm.cli.console.ConsoleServer;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Wheel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The console's page in a real browser. A screenshot of every view is in {@code target/console}.
 * {@code -Dconsole.screenshots=write} also updates those of the documents.
 */
class ConsoleBrowserIT {
  private static final Path TARGET = Checkout.root().resolve("cli/target/console");
  private static final Duration EVERY = Duration.ofMillis(200);

  /** A text that would run if it were used as markup anywhere. */
  private static final String HOSTILE =
      "<img src=x"
          + " onerror=\"document.title='owned'\"><script>document.title='owned'</script>&amp;\u202e";

  private static @Nullable Chromium browser;

  private final CommandWorld world = new CommandWorld();
  private @Nullable ConsoleServer server;
  private @Nullable ConsoleModel model;

  @BeforeAll
  static void startBrowser() throws IOException {
    Optional<Path> program = Chromium.find();
    Assumptions.assumeTrue(
        program.isPresent(),
        "no Chromium on the PATH or in KEEPWARM_CHROMIUM: the console's page is not tested");
    // Not a directory that JUnit deletes, because processes of the browser still write a little.
    Path directories = Files.createDirectories(Checkout.root().resolve("cli/target/browser"));
    browser =
        Chromium.start(program.orElseThrow(), Files.createTempDirectory(directories, "profile"));
  }

  @AfterAll
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
    if (model != null) {
      model.close();
    }
  }

  private ConsoleModel model() {
    if (model == null) {
      model = new ConsoleModel(world.ports(), Duration.ofSeconds(2), Patience.LIMIT, what -> {});
    }
    return model;
  }

  /** A monitor with an hour of readers' metrics. */
  private FakeMonitor monitored() {
    FakeMonitor monitor = new FakeMonitor().busy(world.clock);
    world.readers = new Readers(Readers.NEAR_TTL, monitor);
    return monitor;
  }

  private Chromium.Tab open(Backend backend, boolean write) throws IOException {
    server = ConsoleServer.start(0, write, EVERY, model().about(), backend);
    Chromium.Tab tab = Objects.requireNonNull(browser).open();
    tab.look(1280, 900, false);
    tab.go(server.address());
    tab.await("document.querySelector('.ring .part')");
    return tab;
  }

  private static void show(Chromium.Tab tab, String hash, String heading) {
    Object unused = tab.run("location.hash = " + Json.write(hash));
    tab.await("document.querySelector('h1')?.textContent.startsWith(" + Json.write(heading) + ")");
  }

  /** Sixty-one tenants, most of them without problems. */
  private void scene() {
    world.settings = Settings.of(Map.of("KEEPWARM_SLOTS", "16"));
    for (int i = 0; i < 60; i++) {
      String tenant = "tenant-" + (1000 + i);
      world.original(tenant, "payroll-bank", "enc:" + CommandWorld.CANARY, 3);
      world.original(tenant, "mail", "enc:" + CommandWorld.CANARY, 1);
      world.wheel.enrol(tenant);
    }
    world.original("tenant-1007", "mail", "?" + CommandWorld.CANARY, 2);
    for (int i = 0; i < 60; i++) {
      world.bus.publish(List.of(new Event.TenantsDue(List.of("tenant-" + (1000 + i)))));
      world.deliver();
      world.clock.advance(Duration.ofSeconds(4));
    }
    world.wheel.enrol("tenant-2001");
    world.run("revoke", "tenant-1011", "mail", "--yes", "--wait");
    world.original("tenant-1012", "payroll-bank", "enc:new", 4);
    world.run("rotate", "tenant-1012", "payroll-bank", "--wait");
    world.queues.deadLetter(
        Queues.Name.CHANGES, message(new Event.Rotated("tenant-1013", "payroll-bank", 9L)));
    world.queues.deadLetter(Queues.Name.DUE, "no event: " + CommandWorld.CANARY);
    long slot = world.clock.millis() / world.settings.slotMillis();
    world.wheel.advance(null, new Wheel.Cursor(slot - 2, world.settings.slotMillis()));
    for (int i = 0; i < 120; i++) {
      world.queues.waiting(Queues.Name.DUE, 8 + Math.round(7 * Math.sin(i / 9.0)));
      world.queues.waiting(Queues.Name.CHANGES, i > 60 && i < 80 ? 80 - i : 0);
      world.clock.advance(Duration.ofMillis(500));
      Map<String, @Nullable Object> unused = model().snapshot();
    }
  }

  private static String message(Event event) {
    return "{\"time\":\"2026-01-01T00:00:00Z\",\"id\":\"first\",\"source\":\"keepwarm\",\"detail-type\":\""
        + Events.detailType(event)
        + "\",\"detail\":"
        + Events.detail(event)
        + "}";
  }

  private static void requireAccessible(Chromium.Tab tab) throws IOException {
    Object unused = tab.run(Files.readString(axe()) + ";0");
    Object violations =
        tab.run(
            "axe.run(document, {resultTypes: ['violations']}).then(r =>"
                + " JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + '"
                + " ' + n.failureSummary).join(' | '))))");
    assertThat(violations).isEqualTo("[]");
  }

  /** axe-core from npm, installed once. */
  private static synchronized Path axe() throws IOException {
    Path packages = Checkout.root().resolve("cli/src/test/browser");
    Path installed = Checkout.root().resolve("cli/target/browser");
    Path axe = installed.resolve("node_modules/axe-core/axe.min.js");
    if (!Files.exists(axe)) {
      Files.createDirectories(installed);
      for (String file : List.of("package.json", "package-lock.json")) {
        Files.copy(
            packages.resolve(file), installed.resolve(file), StandardCopyOption.REPLACE_EXISTING);
      }
      Path log = installed.resolve("npm.log");
      Process npm =
          new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
              .directory(installed.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(npm.onExit().join().exitValue()).as(() -> text(log)).isZero();
    }
    return axe;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireNoComplaints(Chromium.Tab tab) {
    assertThat(tab.complaints()).isEmpty();
    assertThat(tab.run("document.documentElement.scrollWidth <= innerWidth"))
        .as("nothing is wider than the window")
        .isEqualTo(true);
    assertThat(tab.run("document.querySelector('main').innerText"))
        .asString()
        .doesNotContainPattern("\\b(null|undefined|NaN)\\b");
    assertThat(tab.run("document.documentElement.outerHTML"))
        .asString()
        .doesNotContain("canary")
        .doesNotContain("enc:");
  }

  @ParameterizedTest
  @CsvSource({"1280, false", "1280, true", "360, false", "360, true"})
  void everyViewIsAccessibleInBothThemesOnAnyScreen(int width, boolean dark) throws Exception {
    FakeMonitor unusedMonitor = monitored();
    scene();
    Chromium.Tab tab = open(model(), true);
    tab.look(width, 900, dark);
    tab.await("document.documentElement.dataset.theme === '" + (dark ? "dark" : "light") + "'");
    tab.await("document.querySelectorAll('.plot canvas').length === 4");
    String suffix = "-" + width + (dark ? "-dark" : "-light") + ".png";

    assertThat(tab.text())
        .contains("dead letters, the limit is 0")
        .contains("tenant-1007")
        .contains("rotated")
        .contains("seen by all readers")
        .contains("1 of 16 alarms are on")
        .contains("Near hits")
        .contains("Lookups, p99");
    assertThat(tab.run("document.querySelector('.ring .big').textContent")).isEqualTo("61");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("overview" + suffix), true);
    requireNoComplaints(tab);

    show(tab, "#/tenant/tenant-1011", "Tenant");
    tab.await("document.querySelector('main table')");
    assertThat(tab.text()).contains("payroll-bank").contains("revoked");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("tenant" + suffix), true);
    requireNoComplaints(tab);

    show(tab, "#/queues", "Dead letters");
    Object unused = tab.run("document.querySelector('main button').click()");
    tab.await("document.querySelector('main table')");
    assertThat(tab.text()).contains("SOURCE_BEHIND").contains("INVALID_EVENT");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("dead-letters" + suffix), true);
    requireNoComplaints(tab);

    show(tab, "#/cost", "Cost");
    tab.await("document.querySelector('main table')");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("cost" + suffix), true);
    requireNoComplaints(tab);
  }

  private static KeepwarmException down() {
    return new KeepwarmException(ErrorCode.UNAVAILABLE, "it is down");
  }

  /** The dependencies that can be down, with their names on the page. */
  enum Dependency {
    CACHE("cache table") {
      @Override
      void begin(CommandWorld world) {
        world
            .cache
            .hooks()
            .before(call -> {
              throw down();
            });
      }

      @Override
      void end(CommandWorld world) {
        world.cache.hooks().before(call -> {});
      }
    },
    WHEEL("wheel table") {
      @Override
      void begin(CommandWorld world) {
        world
            .wheel
            .hooks()
            .before(call -> {
              throw down();
            });
      }

      @Override
      void end(CommandWorld world) {
        world.wheel.hooks().before(call -> {});
      }
    },
    SOURCE("source") {
      @Override
      void begin(CommandWorld world) {
        world
            .source
            .hooks()
            .before(call -> {
              throw down();
            });
      }

      @Override
      void end(CommandWorld world) {
        world.source.hooks().before(call -> {});
      }
    },
    KEY("KMS key") {
      @Override
      void begin(CommandWorld world) {
        world.keyState =
            () -> {
              throw down();
            };
      }

      @Override
      void end(CommandWorld world) {
        world.keyState = () -> "Enabled";
      }
    },
    BUS("event bus") {
      @Override
      void begin(CommandWorld world) {
        world.busCheck =
            () -> {
              throw down();
            };
        world
            .bus
            .hooks()
            .before(call -> {
              throw down();
            });
      }

      @Override
      void end(CommandWorld world) {
        world.busCheck = () -> {};
        world.bus.hooks().before(call -> {});
      }
    },
    URGENT("queue urgent", Queues.Name.URGENT),
    CHANGES("queue changes", Queues.Name.CHANGES),
    DUE("queue due", Queues.Name.DUE);

    private final String shown;
    private final Queues.@Nullable Name queue;

    Dependency(String shown) {
      this(shown, null);
    }

    Dependency(String shown, Queues.@Nullable Name queue) {
      this.shown = shown;
      this.queue = queue;
    }

    void begin(CommandWorld world) {
      world.queues.failWith(Objects.requireNonNull(queue), down());
    }

    void end(CommandWorld world) {
      world.queues.failWith(Objects.requireNonNull(queue), null);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOutageIsShownAndTheRestStaysLive(Dependency dependency) throws Exception {
    scene();
    Chromium.Tab tab = open(model(), true);
    tab.await("document.querySelectorAll('.asked .good').length === 8");

    dependency.begin(world);
    // Dependencies that rarely change are checked every half minute.
    world.clock.advance(Duration.ofSeconds(40));

    tab.await(
        "[...document.querySelectorAll('.asked .bad')].map(li => li.innerText).join().startsWith("
            + Json.write("UNAVAILABLE " + dependency.shown + " it is down; last response ")
            + ")");
    tab.await("document.querySelectorAll('.asked .good').length === 7");
    assertThat(tab.text()).contains("UNAVAILABLE " + dependency.shown + ": it is down");
    Queues.Name live = dependency == Dependency.URGENT ? Queues.Name.CHANGES : Queues.Name.URGENT;
    world.queues.waiting(live, 4321);
    tab.await("document.body.innerText.includes('4,321')");
    // The known state of the wheel stays.
    tab.await("document.querySelectorAll('.ring .part').length === 16");
    assertThat(tab.run("document.querySelector('.ring .big').textContent")).isEqualTo("61");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("outage-" + dependency + ".png"), true);
    requireNoComplaints(tab);
    effect(dependency, tab);

    dependency.end(world);
    show(tab, "#/", "Overview");
    world.clock.advance(Duration.ofSeconds(40));
    tab.await("document.querySelectorAll('.asked .good').length === 8");
    assertThat(tab.run("document.querySelector('main').innerText"))
        .asString()
        .doesNotContain("it is down");
  }

  /** Checks the effect of an outage on the rest of the page. */
  private void effect(Dependency dependency, Chromium.Tab tab) {
    switch (dependency) {
      case CACHE, WHEEL ->
          assertThat(tab.text())
              .contains("The wheel and its entries cannot be read: UNAVAILABLE: it is down")
              .contains("The page shows data from 40s ago.");
      case SOURCE -> {
        show(tab, "#/tenant/tenant-1011", "Tenant");
        tab.await("document.body.innerText.includes('The source does not respond: UNAVAILABLE')");
        assertThat(tab.text()).contains("payroll-bank").contains("revoked");
      }
      case BUS -> {
        show(tab, "#/tenant/tenant-1011", "Tenant");
        Object unused =
            tab.run(
                "[...document.querySelectorAll('main button')].find(b => b.textContent ==="
                    + " 'Warm').click()");
        tab.await("document.querySelector('#toast').innerText.includes('UNAVAILABLE: it is down')");
      }
      case URGENT, CHANGES, DUE ->
          assertThat(
                  tab.run(
                      "[...document.querySelectorAll('tbody tr')].filter(tr =>"
                          + " tr.innerText.includes('no answer')).map(tr =>"
                          + " tr.cells[0].innerText).join()"))
              .isEqualTo(Objects.requireNonNull(dependency.queue).text());
      // Nothing on the page needs it: the console neither seals nor opens entries.
      case KEY -> {}
    }
    if (dependency == Dependency.WHEEL) {
      assertThat(tab.text()).contains("warmer unknown").doesNotContain("never ran");
    }
  }

  @Test
  void anOutageOfCloudWatchIsShownAndTheRestStaysLive() throws Exception {
    FakeMonitor monitor = monitored();
    scene();
    Chromium.Tab tab = open(model(), false);
    tab.await("document.body.innerText.includes('42,870')");

    monitor.failure = down();
    world.clock.advance(Duration.ofSeconds(70));

    tab.await(
        "document.body.innerText.includes('The metrics of readers cannot be read: UNAVAILABLE: it is"
            + " down')");
    assertThat(tab.text())
        .contains("The alarms cannot be read: UNAVAILABLE: it is down")
        .contains("1 of 16 alarms are on, according to CloudWatch")
        .contains("42,870");
    world.queues.waiting(Queues.Name.URGENT, 4321);
    tab.await("document.body.innerText.includes('4,321')");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("outage-CLOUDWATCH.png"), true);
    requireNoComplaints(tab);

    monitor.failure = null;
    world.clock.advance(Duration.ofSeconds(70));
    tab.await("!document.body.innerText.includes('it is down')");
  }

  @Test
  void anOutageOfTheConsoleItselfIsShown() throws Exception {
    scene();
    Chromium.Tab tab = open(model(), false);

    Objects.requireNonNull(server).close();
    server = null;

    tab.await("document.body.innerText.includes('No connection to keepwarm console')");
  }

  @ParameterizedTest
  @CsvSource({
    "SILENT, 'No reader has printed metrics in the last 1h0m'",
    "EMBEDDED, 'this endpoint has no CloudWatch'",
    "DENIED, 'The metrics of readers cannot be read: DENIED: cannot read metrics'",
  })
  void whereThereAreNoMetricsOfReadersThePageSaysWhy(String why, String said) throws Exception {
    FakeMonitor monitor = new FakeMonitor();
    switch (why) {
      case "EMBEDDED" ->
          monitor.failure = new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, "none here");
      case "DENIED" ->
          monitor.failure = new KeepwarmException(ErrorCode.DENIED, "cannot read metrics");
      default -> {
        // There are none.
      }
    }
    world.readers = new Readers(Readers.NEAR_TTL, monitor);
    world.warm("acme", "bank", "enc:x", 1);
    Chromium.Tab tab = open(model(), false);

    tab.await("document.body.innerText.includes(" + Json.write(said) + ")");

    assertThat(tab.text().contains("printMetrics")).isEqualTo(why.equals("SILENT"));
    assertThat(tab.run("document.querySelectorAll('.plot canvas').length")).isEqualTo(2L);
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("readers-" + why + ".png"), true);
    requireNoComplaints(tab);
  }

  @Test
  void hostileNamesAreText() throws Exception {
    scene();
    Chromium.Tab tab = open(new HostileBackend(model()), true);
    tab.await("document.body.innerText.includes('<img src=x')");
    assertThat(tab.run("document.querySelectorAll('main img, main script').length")).isEqualTo(0L);
    for (String hash : List.of("#/queues", "#/tenant/" + "%3Cimg%20src%3Dx%20onerror%3D1%3E")) {
      show(tab, hash, hash.equals("#/queues") ? "Dead letters" : "Tenant");
      Object unused = tab.run("document.querySelector('main button').click()");
      tab.await("document.querySelector('main').innerText.includes('<img src=x')");
      assertThat(tab.run("document.querySelectorAll('main img, main script').length"))
          .isEqualTo(0L);
    }
    assertThat(tab.run("document.title")).asString().doesNotContain("owned");
    tab.screenshot(TARGET.resolve("hostile.png"), true);
  }

  @Test
  void whatARecordVouchesForIsShownAsCheckedAndNotAsExpired() throws Exception {
    Vouched.seal(world);
    world.wheel.enrol("acme");
    long unusedEnd = Vouched.vouch(world, Vouched.SIGNER, Duration.ofMinutes(10));
    Chromium.Tab tab = open(model(), false);

    tab.await("document.body.innerText.includes('Vouched for')");
    assertThat(tab.text())
        .contains("by freshness records, for 10m0s or longer")
        .contains("The oldest check is 5m0s old.");
    show(tab, "#/tenant/acme", "Tenant");
    tab.await("document.querySelector('main tbody tr')");
    assertThat(
            tab.run(
                "[...document.querySelector('main tbody tr').cells].map(cell =>"
                    + " cell.innerText).join('|')"))
        .isEqualTo("bank|warm|7|7|5m0s ago|in 10m0s|sealed 16m0s ago, vouched for, ends in 10m0s");
    requireNoComplaints(tab);
  }

  @Test
  void aNameThatJavaScriptGivesAMeaningIsANameLikeAnyOther() throws Exception {
    for (String name : List.of("constructor", "__proto__", "toString")) {
      world.warm("acme", name, "enc:x", 1);
      world.source.delete(new CredentialId("acme", name));
    }
    Chromium.Tab tab = open(model(), true);

    show(tab, "#/tenant/acme", "Tenant");
    tab.await("document.querySelectorAll('main tbody tr').length === 3");

    assertThat(
            tab.run(
                "[...document.querySelectorAll('main tbody tr')].map(tr =>"
                    + " tr.cells[3].innerText).join()"))
        .isEqualTo("gone,gone,gone");
    requireNoComplaints(tab);
  }

  /** Replaces every name that starts with {@code tenant-} by hostile text. */
  private record HostileBackend(Backend backend) implements Backend {
    @Override
    public Map<String, @Nullable Object> snapshot() {
      return hostile(backend.snapshot());
    }

    @Override
    public @Nullable Map<String, @Nullable Object> view(
        String name, Map<String, String> parameters) {
      Map<String, @Nullable Object> view =
          backend.view(name, name.equals("tenant") ? Map.of("tenant", "tenant-1011") : parameters);
      return view == null ? null : hostile(view);
    }

    @Override
    public @Nullable Map<String, @Nullable Object> act(
        String name, Map<String, @Nullable Object> parameters) {
      return null;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> hostile(Map<String, @Nullable Object> json) {
      return (Map<String, @Nullable Object>) Objects.requireNonNull(replaced(json));
    }

    private static @Nullable Object replaced(@Nullable Object json) {
      return switch (json) {
        case Map<?, ?> map -> {
          Map<String, @Nullable Object> copy = new LinkedHashMap<>();
          map.forEach((key, value) -> copy.put(String.valueOf(key), replaced(value)));
          yield copy;
        }
        case List<?> list -> {
          List<@Nullable Object> copy = new ArrayList<>();
          list.forEach(value -> copy.add(replaced(value)));
          yield copy;
        }
        case String text when text.startsWith("tenant-") || text.equals("mail") -> HOSTILE;
        case String text when text.contains(" the ") -> text + HOSTILE;
        case null, default -> json;
      };
    }
  }

  @Test
  void aRevocationIsConfirmedByKeyboard() throws Exception {
    scene();
    Chromium.Tab tab = open(model(), true);
    show(tab, "#/tenant/tenant-1020", "Tenant");
    tab.await("document.querySelector('main table')");
    int before = world.bus.published().size();
    String revoke =
        "[...document.querySelectorAll('main tbody button')].find(b => b.textContent === 'Revoke')";

    Object first = tab.run(revoke + ".focus()");
    tab.key("Enter", 13);
    tab.await("document.querySelector('dialog').open");
    assertThat(tab.text()).contains("Revoke tenant-1020 mail? Readers will be refused.");
    requireAccessible(tab);
    tab.screenshot(TARGET.resolve("confirmation.png"), false);
    tab.key("Escape", 27);
    tab.await("!document.querySelector('dialog').open");
    assertThat(world.bus.published()).hasSize(before);

    Object second = tab.run(revoke + ".focus()");
    tab.key("Enter", 13);
    tab.await("document.querySelector('dialog').open");
    tab.key("Tab", 9);
    tab.key("Enter", 13);
    tab.await("document.querySelector('#toast').innerText.includes('Revoke: done')");
    assertThat(world.bus.published()).hasSize(before + 1);
    assertThat(world.bus.published().getLast())
        .isEqualTo(new Event.Revoked("tenant-1020", "mail", 1L));
  }

  @Test
  void whoeverComesToATableWhileItIsAskedForKeepsTheFocus() throws Exception {
    scene();
    Gate gate = new Gate(model());
    Chromium.Tab tab = open(gate, true);
    show(tab, "#/tenant/tenant-1020", "Tenant");
    tab.await("document.querySelector('main table')");
    String revoke = "document.querySelector('main tbody [aria-label=\"Revoke mail\"]')";

    gate.close();
    Object unused =
        tab.run("globalThis.table = document.querySelector('main table'); " + revoke + ".focus()");
    gate.open();

    tab.await("!globalThis.table.isConnected");
    assertThat(tab.run("document.activeElement === " + revoke)).isEqualTo(true);
    tab.key("Enter", 13);
    tab.await("document.querySelector('dialog').open");
    tab.key("Escape", 27);
    tab.await("document.activeElement === " + revoke);
  }

  @Test
  void newFiguresTakeNeitherTheFocusNorAClick() throws Exception {
    scene();
    Chromium.Tab tab = open(model(), false);
    String link = "document.querySelector('.timeline a[href$=\"tenant-1012\"]')";
    tab.await(link);
    String renewed = "!globalThis.timeline.isConnected";
    String mark = "globalThis.timeline = document.querySelector('.timeline'); ";

    Object focused = tab.run(mark + link + ".focus()");
    tab.await(renewed);
    assertThat(tab.run("document.activeElement === " + link)).isEqualTo(true);

    Object marked =
        tab.run(
            mark
                + link
                + ".scrollIntoView(); globalThis.snapshots = 0; new MutationObserver(() =>"
                + " globalThis.snapshots++).observe(document.getElementById('state'),"
                + " {childList: true})");
    Map<?, ?> place =
        (Map<?, ?>)
            Objects.requireNonNull(
                tab.run(
                    "(({x, y, width, height}) => ({x: x + width / 2, y: y + height / 2}))("
                        + link
                        + ".getBoundingClientRect())"));
    tab.mouse("mousePressed", place);
    Object counted = tab.run("globalThis.snapshots = 0");
    // The second snapshot is counted before it is shown, and after the first was shown.
    tab.await("globalThis.snapshots >= 2");
    assertThat(tab.run(renewed)).as("renewed while the button is down").isEqualTo(false);
    tab.mouse("mouseReleased", place);
    tab.await("document.querySelector('h1').textContent.startsWith('Tenant tenant-1012')");
  }

  /** Blocks requests for a tenant while it is closed. */
  private static final class Gate implements Backend {
    private final Backend backend;
    private final CountDownLatch somebody = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);
    private volatile boolean closed;

    Gate(Backend backend) {
      this.backend = backend;
    }

    /** Closes it, and waits until a request is blocked. */
    void close() throws InterruptedException {
      closed = true;
      somebody.await();
    }

    void open() {
      open.countDown();
    }

    @Override
    public Map<String, @Nullable Object> snapshot() {
      return backend.snapshot();
    }

    @Override
    public @Nullable Map<String, @Nullable Object> view(
        String name, Map<String, String> parameters) {
      if (closed && name.equals("tenant")) {
        somebody.countDown();
        try {
          open.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return backend.view(name, parameters);
    }

    @Override
    public @Nullable Map<String, @Nullable Object> act(
        String name, Map<String, @Nullable Object> parameters) {
      return backend.act(name, parameters);
    }
  }

  @Test
  void tenThousandTenantsAreASample() throws Exception {
    IntStream.range(0, 10_000).forEach(i -> world.wheel.enrol("tenant-" + i));
    Chromium.Tab tab = open(model(), false);

    tab.await("document.querySelector('.ring .big').textContent === '10,000'");

    assertThat(tab.text()).contains("about, from a sample").contains("tenants checked");
    tab.screenshot(TARGET.resolve("ten-thousand.png"), true);
    requireNoComplaints(tab);
  }

  @Test
  void screenshotsOfTheDocuments() throws Exception {
    Assumptions.assumeTrue(
        "write".equals(System.getProperty("console.screenshots")),
        "screenshots for the documents are made with -Dconsole.screenshots=write");
    FakeMonitor unusedMonitor = monitored();
    scene();
    Chromium.Tab tab = open(model(), false);
    tab.await("document.querySelectorAll('.plot canvas').length === 4");
    Path images = Checkout.root().resolve("docs/images");
    tab.look(1100, 820, false);
    tab.await("innerWidth === 1100");
    tab.screenshot(images.resolve("console-light.png"), false);
    tab.look(1100, 820, true);
    tab.await("document.documentElement.dataset.theme === 'dark'");
    tab.screenshot(images.resolve("console-dark.png"), false);
    Object unused = tab.run("document.getElementById('h-readers').scrollIntoView()");
    tab.screenshot(images.resolve("console-readers.png"), false);
  }
}
