package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.TAX;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class GetAllTest {
  private static final CredentialId WAGE = new CredentialId("acme", "wage");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void readsAllByOneQueryAndOneUnwrap() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.ready(TAX, 2, "two", 2));

    TenantCredentials all = reader.getAll("acme");

    assertThat(all.tenant()).isEqualTo("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank", "tax");
    assertThat(all.get("tax").text()).isEqualTo("two");
    assertThat(all.failures()).isEmpty();
    assertThat(world.table.hooks().count()).isEqualTo(1);
    assertThat(world.unwraps()).isEqualTo(1);
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void fillsTheNearCache() {
    world.table.plant(world.ready(BANK, 1, "one"));
    Credential credential = reader.getAll("acme").get("bank");
    assertThat(reader.get(BANK)).isSameAs(credential);
    assertThat(world.reads()).isZero();
  }

  @Test
  void aCredentialThatExpiresBeforeItsCallerIsToldIsUnavailable() {
    world.table.plant(world.ready(BANK, 1, "one"));
    AtomicInteger tasks = new AtomicInteger();
    try (KeepwarmReader late =
        world
            .builder()
            .threads(world.threadsThatWaitBefore(tasks, Duration.ofMinutes(15)))
            .build()) {
      // From now on the data key is known, so that a lookup is one task, and its answer another.
      assertThat(late.getAll("acme").credentials()).containsOnlyKeys("bank");
      tasks.set(2);

      TenantCredentials all = late.getAllAsync("acme").join();

      assertThat(all.credentials()).isEmpty();
      assertThat(all.failures()).containsExactly(entry("bank", ErrorCode.UNAVAILABLE));
    }
  }

  @Test
  void resolvesATenantOfWhichEntriesLack() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.resolver.answer(world.ready(BANK, 1, "one", 2), world.ready(TAX, 2, "two", 2));

    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank", "tax");
    assertThat(world.resolver.requests()).containsExactly(new ResolveRequest("acme", null, null));
    assertThat(reader.stats().misses()).isEqualTo(1);
  }

  @Test
  void resolvesATenantWhoseEntriesDisagreeOnHowManyThereAre() {
    // A refresh stored bank and tax when the source had three. Then a rotation of bank, which had
    // read the source before the third was added, stored bank. So the newest entry says two.
    world.table.plant(world.ready(TAX, 1, "two", 3));
    world.pass(Duration.ofMillis(1));
    world.table.plant(world.ready(BANK, 2, "one", 2));
    world.resolver.answer(
        world.ready(BANK, 2, "one", 3),
        world.ready(TAX, 1, "two", 3),
        world.ready(WAGE, 1, "three", 3));
    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank", "tax", "wage");
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void anEntryThatFailedHasItsSayToo() {
    world.table.plant(world.failed(TAX, "BAD_PADDING", Duration.ZERO, 3));
    world.pass(Duration.ofMillis(1));
    world.table.plant(world.ready(BANK, 2, "one", 2));
    world.resolver.answer(
        world.ready(BANK, 2, "one", 3),
        world.failed(TAX, "BAD_PADDING", MINUTE, 3),
        world.ready(WAGE, 1, "three", 3));
    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank", "wage");
  }

  @Test
  void whatTheSourceDoesNotHaveHasNoSayForLong() {
    // It is not written again when the number of credentials changes, and the table deletes it
    // late.
    world.table.plant(world.failed(WAGE, "NOT_FOUND", Duration.ofSeconds(1), 1));
    world.pass(Duration.ofSeconds(1));
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.ready(TAX, 1, "two", 2));
    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank", "tax");
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void namesAMalformedSiblingAndReturnsTheOthers() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    Map<String, AttributeValue> item =
        new HashMap<>(EntrySchema.toItem(world.ready(TAX, 1, "two", 2)));
    item.put("version", AttributeValue.fromS("three"));
    world.table.plant(item);

    TenantCredentials all = reader.getAll("acme");

    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures()).containsOnly(entry("tax", ErrorCode.TAMPERED));
    assertThat(reader.stats().tampered()).isEqualTo(1);
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void namesWhatTheDecryptorSaysIsMalformed() {
    world.resolver.answer(request ->
        new ResolveAnswer.Resolved(
            List.of(world.ready(BANK, 1, "one", 2)), Map.of("tax", ErrorCode.TAMPERED)));
    TenantCredentials all = reader.getAll("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures()).containsOnly(entry("tax", ErrorCode.TAMPERED));
    assertThat(reader.stats().tampered()).isEqualTo(1);
  }

  @Test
  void saysThatAnItemIsMalformedIfTheTenantCannotBeResolvedEither() {
    Map<String, AttributeValue> item =
        new HashMap<>(EntrySchema.toItem(world.ready(TAX, 1, "two", 2)));
    item.put("version", AttributeValue.fromS("three"));
    world.table.plant(item);
    world.resolver.refuse(ErrorCode.UNAVAILABLE);
    assertFails(ErrorCode.TAMPERED, () -> reader.getAll("acme"));
  }

  @Test
  void letsTheDecryptorSealAnewWhatIsUnderAnotherKey() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.readyUnderAnotherKey(TAX, 7, "two", 2));
    world.resolver.answer(world.ready(TAX, 7, "two", 2));

    TenantCredentials all = reader.getAll("acme");

    assertThat(all.credentials()).containsOnlyKeys("bank", "tax");
    assertThat(world.resolver.requests()).containsExactly(new ResolveRequest("acme", "tax", 7L));
    assertThat(reader.stats().wrongKeys()).isEqualTo(1);
  }

  @Test
  void namesWhatOpensUnderNoKey() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.readyUnderAnotherKey(TAX, 7, "two", 2));
    world.resolver.answer(world.readyUnderAnotherKey(TAX, 7, "two", 2));
    TenantCredentials all = reader.getAll("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures()).containsOnly(entry("tax", ErrorCode.UNAVAILABLE));
  }

  @Test
  void resolvesATenantWithAnExpiredEntry() {
    world.table.plant(world.ready(BANK, 1, "one", 1));
    world.pass(Duration.ofMinutes(15));
    world.table.plant(world.ready(TAX, 1, "two", 1));
    world.resolver.answer(world.ready(TAX, 1, "two", 1));
    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("tax");
  }

  @Test
  void resolvesATenantWithATombstone() {
    world.table.plant(world.ready(BANK, 1, "one", 1));
    world.table.plant(world.tombstone(TAX));
    world.resolver.answer(world.ready(BANK, 1, "one", 2), world.ready(TAX, 2, "two", 2));
    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank", "tax");
  }

  @Test
  void saysWhyACredentialCannotBeHad() {
    world.table.plant(world.ready(BANK, 1, "one", 3));
    world.table.plant(world.failed(TAX, "BAD_PADDING", MINUTE, 3));
    world.table.plant(world.revoked(WAGE, MINUTE));

    TenantCredentials all = reader.getAll("acme");

    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures())
        .containsOnly(entry("tax", ErrorCode.UNDECODABLE), entry("wage", ErrorCode.REVOKED));
    assertFails(ErrorCode.REVOKED, () -> all.get("wage"));
    assertFails(ErrorCode.UNDECODABLE, () -> all.get("tax"));
    assertFails(ErrorCode.NOT_FOUND, () -> all.get("none"));
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void stillNamesAnUndecodableSiblingWhoseRetryIsDue() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.failed(TAX, "BAD_PADDING", Duration.ZERO, 2));
    assertThat(reader.getAll("acme").failures()).containsOnlyKeys("tax");
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void leavesOutWhatTheSourceDoesNotHave() {
    world.table.plant(world.ready(BANK, 1, "one", 1));
    world.table.plant(world.failed(TAX, "NOT_FOUND", MINUTE, 1));
    TenantCredentials all = reader.getAll("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures()).isEmpty();
    assertFails(ErrorCode.NOT_FOUND, () -> all.get("tax"));
  }

  @Test
  void doesNotCountWhatTheSourceDoesNotHave() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.failed(TAX, "NOT_FOUND", MINUTE, 2));
    world.resolver.answer(world.ready(BANK, 1, "one", 2), world.ready(WAGE, 1, "three", 2));
    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank", "wage");
  }

  @Test
  void resolvesATenantOfWhichOnlyOldNewsIsLeft() {
    // A revocation stays for ever and a failure until the table deletes it: neither says how many
    // credentials there are now.
    world.table.plant(world.revoked(WAGE, MINUTE));
    world.table.plant(world.failed(TAX, "BAD_PADDING", Duration.ZERO, 1));
    world.resolver.answer(
        world.ready(BANK, 1, "one", 3), world.revoked(WAGE, MINUTE), world.ready(TAX, 2, "two", 3));
    TenantCredentials all = reader.getAll("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank", "tax");
    assertThat(all.failures()).containsOnly(entry("wage", ErrorCode.REVOKED));
  }

  @Test
  void doesNotFindATenantWithoutCredentials() {
    world.resolver.answer();
    assertFails(ErrorCode.NOT_FOUND, () -> reader.getAll("acme"));
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void leavesOutTombstonesOfAnAnswerThatIsCompleteWithoutThem() {
    world.resolver.answer(world.ready(BANK, 1, "one", 1), world.tombstone(TAX));
    TenantCredentials all = reader.getAll("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures()).isEmpty();
  }

  @Test
  void namesTombstonesAndExpiredEntriesOfAnAnswerThatIsIncompleteWithoutThem() {
    Entry expired = world.ready(WAGE, 1, "three", 3);
    world.pass(Duration.ofMinutes(15));
    world.resolver.answer(world.ready(BANK, 1, "one", 3), world.tombstone(TAX), expired);
    TenantCredentials all = reader.getAll("acme");
    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures())
        .containsOnly(entry("tax", ErrorCode.UNAVAILABLE), entry("wage", ErrorCode.UNAVAILABLE));
  }

  @Test
  void failsRatherThanBeingSilentlyIncomplete() {
    world.resolver.answer(world.ready(BANK, 1, "one", 2));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.getAll("acme"));
  }

  @Test
  void doesNotReturnWhatExpiredWhileASiblingWasOpened() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.pass(Duration.ofMinutes(14));
    world.changeDataKey("acme");
    world.table.plant(world.ready(TAX, 1, "two", 2));
    reader.getAll("acme");
    reader.forgetAll();
    // The first one is already open when the second one's key arrives.
    world
        .keys
        .hooks()
        .afterNext(
            "unwrap",
            () -> world.keys.hooks().afterNext("unwrap", () -> world.pass(Duration.ofMinutes(1))));

    TenantCredentials all = reader.getAll("acme");

    assertThat(all.credentials()).containsOnlyKeys("tax");
    assertThat(all.failures()).containsOnly(entry("bank", ErrorCode.UNAVAILABLE));
  }

  @Test
  void namesWhatIsUnderAnotherKeyIfToldNotToResolve() {
    try (ReaderWorld failing = new ReaderWorld(OnMiss.FAIL, ReaderWorld.NEAR_TTL)) {
      failing.table.plant(failing.ready(BANK, 1, "one", 2));
      failing.table.plant(failing.readyUnderAnotherKey(TAX, 7, "two", 2));

      TenantCredentials all = failing.reader.getAll("acme");

      assertThat(all.credentials()).containsOnlyKeys("bank");
      assertThat(all.failures()).containsOnly(entry("tax", ErrorCode.UNAVAILABLE));
    }
  }

  @Test
  void remembersARefusal() {
    world.table.plant(world.failed(BANK, "BAD_PADDING", MINUTE, 1));

    assertThat(reader.getAll("acme").failures()).containsOnly(entry("bank", ErrorCode.UNDECODABLE));

    assertFails(ErrorCode.UNDECODABLE, () -> reader.get(BANK));
    assertThat(world.reads()).isZero();
  }

  @Test
  void namesATamperedSiblingAndReturnsTheOthers() {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    Map<String, AttributeValue> item =
        new HashMap<>(EntrySchema.toItem(world.ready(TAX, 1, "two", 2)));
    item.put("version", AttributeValue.fromN("2"));
    world.table.plant(item);

    TenantCredentials all = reader.getAll("acme");

    assertThat(all.credentials()).containsOnlyKeys("bank");
    assertThat(all.failures()).containsOnly(entry("tax", ErrorCode.TAMPERED));
    assertThat(reader.stats().tampered()).isEqualTo(1);
    assertThat(world.resolver.requests()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "DENIED"})
  void failsAsAWholeIfTheTableOrKmsDoes(ErrorCode code) {
    world.table.plant(world.ready(BANK, 1, "one"));
    world.keys.hooks().failWith(code);
    assertFails(code, () -> reader.getAll("acme"));
    world.keys.hooks().clear();
    world.table.hooks().failWith(code);
    assertFails(code, () -> reader.getAll("acme"));
  }

  @Test
  void dropsNearEntriesThatTheTableHasBuried() {
    world.table.plant(world.ready(BANK, 1, "one"));
    reader.get(BANK);
    world.table.plant(world.tombstone(BANK));
    world.resolver.refuse(ErrorCode.UNAVAILABLE);
    world.pass(Duration.ofMillis(1));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.getAll("acme"));

    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @ParameterizedTest
  @ValueSource(strings = {"S", "N"})
  void dropsNearEntriesThatAreMalformedOrDoNotUnseal(String type) {
    world.table.plant(world.ready(BANK, 1, "one", 2));
    world.table.plant(world.ready(TAX, 1, "two", 2));
    reader.get(BANK);
    Map<String, AttributeValue> item =
        new HashMap<>(EntrySchema.toItem(world.ready(BANK, 1, "one", 2)));
    item.put("version", type.equals("S") ? AttributeValue.fromS("2") : AttributeValue.fromN("2"));
    world.table.plant(item);
    world.pass(Duration.ofMillis(1));
    assertThat(reader.getAll("acme").failures()).containsOnly(entry("bank", ErrorCode.TAMPERED));

    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void doesNotResolveIfToldToFail() {
    try (KeepwarmReader failing = world.builder().onMiss(OnMiss.FAIL).build()) {
      assertFails(ErrorCode.UNAVAILABLE, () -> failing.getAll("acme"));
      assertThat(world.resolver.requests()).isEmpty();
    }
  }

  @Test
  void waitsForTheTenantIfToldTo() {
    try (KeepwarmReader waiting =
        world
            .builder()
            .onMiss(OnMiss.WAIT)
            .pauses(duration -> world.table.plant(world.ready(BANK, 1, "one")))
            .build()) {
      assertThat(waiting.getAll("acme").credentials()).containsOnlyKeys("bank");
      assertThat(world.resolver.requests()).isEmpty();
    }
  }
}
