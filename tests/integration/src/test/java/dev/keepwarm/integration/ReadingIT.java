package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.engine.CacheTableContract;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.TenantCredentials;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The results of readers, with and without entries in the cache table. */
@ExtendWith(EndpointsExtension.class)
class ReadingIT {
  private static EndpointWorld world;

  @BeforeAll
  static void start(Endpoints endpoints) {
    world = EndpointWorld.on(endpoints);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void aMissIsResolvedAndEnrolsTheTenant() {
    CredentialId id = EndpointWorld.newId("payroll");
    CredentialId sibling = EndpointWorld.sibling(id, "bank");
    world.atSource(LegacyOriginal.of(id, 3));
    world.atSource(sibling, "bank's", 1);

    Credential credential = world.reader().get(id);

    assertThat(credential.json()).containsEntry("username", "svc-payroll");
    assertThat(credential.version()).isEqualTo(3);
    assertThat(world.wheel().isEnrolled(id.tenant())).isTrue();
    // After the enrolment, the whole tenant becomes warm.
    world.awaitReady(sibling, 1);
  }

  @Tag(CacheTableContract.ATOMICITY)
  @Test
  void readersThatMissAtTheSameTimeGetTheSame() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.atSource(id, "shared", 1);

    List<CompletableFuture<Credential>> gets =
        IntStream.range(0, 8).mapToObj(i -> world.reader().getAsync(id)).toList();

    assertThat(gets).allSatisfy(get -> assertThat(get.join().text()).isEqualTo("shared"));
  }

  @Test
  void whatTheSourceDoesNotHaveIsLookedForOnceAndNoticedWhenItComes() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(EndpointWorld.sibling(id, "bank"), "another of the tenant", 1);

    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.NOT_FOUND);

    Entry negative = world.entry(id);
    assertThat(negative.state()).isEqualTo(EntryState.FAILED);
    assertThat(negative.failure().code()).isEqualTo(Failure.NOT_FOUND);
    try (KeepwarmReader another = world.readerWith(Duration.ZERO).build()) {
      assertThat(EndpointWorld.refusal(another, id).code()).isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(another.stats().resolves()).isZero();
    }

    world.warm(id, "here now", 1);

    assertThat(world.read(id)).isEqualTo("here now");
  }

  @Test
  void aTenantThatDoesNotExistLeavesNothing() {
    CredentialId id = EndpointWorld.newId("payroll");

    assertThat(world.refusal(id).code()).isEqualTo(ErrorCode.NOT_FOUND);

    assertThat(world.entry(id)).isNull();
    assertThat(world.wheel().isEnrolled(id.tenant())).isFalse();
  }

  @Test
  void allOfATenantIsAllOfIt() {
    CredentialId a = EndpointWorld.newId("a");
    CredentialId b = EndpointWorld.sibling(a, "b");
    CredentialId c = EndpointWorld.sibling(a, "c");
    world.atSource(a, "value of a", 1);
    world.atSource(b, "value of b", 1);
    world.warm(c, "value of c", 1);
    world.awaitReady(a, 1);
    world.awaitReady(b, 1);
    long resolves = world.reader().stats().resolves();
    assertAllThree(a.tenant());
    assertThat(world.reader().stats().resolves()).isEqualTo(resolves);

    world.dropEntry(b);

    // There are two entries, but the newest one says that there are three.
    assertAllThree(a.tenant());
    assertThat(world.reader().stats().resolves()).isEqualTo(resolves + 1);
  }

  private static void assertAllThree(String tenant) {
    TenantCredentials all = world.reader().getAll(tenant);
    assertThat(all.failures()).isEmpty();
    assertThat(all.credentials()).containsOnlyKeys("a", "b", "c");
    assertThat(all.get("b").text()).isEqualTo("value of b");
  }

  @Test
  void aTenantWithoutCredentialsIsNotFound() {
    CredentialId id = EndpointWorld.newId("any");

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> world.reader().getAll(id.tenant()))
        .extracting(KeepwarmException::code)
        .isEqualTo(ErrorCode.NOT_FOUND);
  }
}
