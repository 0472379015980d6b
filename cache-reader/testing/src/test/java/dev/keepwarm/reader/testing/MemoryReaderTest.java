package dev.keepwarm.reader.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class MemoryReaderTest {
  private static final CredentialId BANK = new CredentialId("acme", "bank");

  private final MemoryReader memory = new MemoryReader();

  /** The same reader, as the code under test sees it. */
  private final KeepwarmReader reader = memory;

  @Test
  void readsWhatWasSetAndRotated() {
    memory.set("acme", "bank", "one");
    assertThat(reader.get("acme", "bank").text()).isEqualTo("one");
    assertThat(reader.get(BANK)).isSameAs(reader.get(BANK));

    memory.rotate("acme", "bank", "two");
    assertThat(reader.getAsync(BANK).join().text()).isEqualTo("two");
    assertThat(reader.get(BANK).version()).isEqualTo(2);
    assertThat(reader.stats().nearHits()).isEqualTo(5);
  }

  @Test
  void failsAsTheTestSaysUntilItIsSetAgain() {
    assertFails(ErrorCode.NOT_FOUND, () -> reader.get(BANK));
    memory.set("acme", "bank", "one");
    memory.revoke("acme", "bank");
    assertFails(ErrorCode.REVOKED, () -> reader.get(BANK));
    memory.fail("acme", "bank", ErrorCode.UNDECODABLE, "BAD_PADDING");
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> reader.getAsync(BANK).join())
        .withCauseInstanceOf(KeepwarmException.class)
        .satisfies(
            e -> assertThat(((KeepwarmException) e.getCause()).failure()).isEqualTo("BAD_PADDING"));

    memory.rotate("acme", "bank", "two");
    assertThat(reader.get(BANK).version()).isEqualTo(2);
  }

  @Test
  void namesAllOfATenant() {
    memory.set("acme", "bank", "one");
    memory.set("globex", "bank", "other");
    memory.revoke("acme", "tax");
    memory.fail("acme", "gone", ErrorCode.NOT_FOUND);

    assertThat(reader.getAll("acme").credentials()).containsOnlyKeys("bank");
    assertThat(reader.getAll("acme").failures()).containsOnlyKeys("tax");
    assertFails(ErrorCode.NOT_FOUND, () -> reader.getAll("initech"));
  }

  @Test
  void runsAgainWithWhatIsNewerAfterARejection() {
    memory.set("acme", "bank", "one");
    memory.rejectOnce("acme", "bank", "two");
    List<String> used = new ArrayList<>();

    String result =
        reader.withCredential(
            BANK,
            credential -> {
              used.add(credential.text());
              return "paid with " + credential.text();
            });

    assertThat(result).isEqualTo("paid with two");
    assertThat(used).containsExactly("one", "two");
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  @Test
  void bringsWhatIsNewerWhenTheFunctionItselfRejects() {
    memory.set("acme", "bank", "one");
    memory.rejectOnce("acme", "bank", "two");

    String result =
        reader.withCredential(
            BANK,
            credential -> {
              if (credential.text().equals("one")) {
                throw new CredentialRejectedException("401");
              }
              return credential.text();
            });

    assertThat(result).isEqualTo("two");
    assertThat(reader.stats().rejections()).isEqualTo(1);
  }

  @Test
  void passesARejectionOnIfNothingIsNewer() {
    memory.set("acme", "bank", "one");
    memory.rejectOnce("acme", "bank");
    assertThatExceptionOfType(CredentialRejectedException.class)
        .isThrownBy(() -> reader.withCredential(BANK, Credential::text));
    assertThat(reader.<String, RuntimeException>withCredential(BANK, Credential::text))
        .isEqualTo("one");
    assertThatExceptionOfType(CredentialRejectedException.class)
        .isThrownBy(() ->
            reader.withCredential(
                BANK,
                credential -> {
                  memory.revoke("acme", "bank");
                  throw new CredentialRejectedException("no");
                }))
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
  }

  @Test
  void remembersWhatWasInvalidatedAndFailsOnceClosed() {
    reader.invalidate("acme", "bank");
    assertThat(memory.invalidated()).containsExactly(BANK);
    reader.close();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void makesObjectsWithItsBinding() {
    assertFails(
        ErrorCode.INVALID_CONFIGURATION, () -> memory.set("acme", "bank", "{}").json(String.class));
  }

  private static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }
}
