package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The service and the subject that the message of a {@code TIMEOUT} names. */
final class WhoDidNotAnswerTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void theTable() {
    world.table.hooks().before(call -> hang());

    assertNames("acme bank", Progress.TABLE, () -> reader.get(BANK));
    assertNames("tenant acme", Progress.TABLE, () -> reader.getAll("acme"));
    assertThat(reader.stats().timeouts()).isEqualTo(2);
  }

  @Test
  void kms() {
    world.table.plant(world.ready(BANK, 1, "value"));
    world.keys.hooks().before(call -> hang());

    assertNamesKms("acme bank", () -> reader.get(BANK));
    assertNamesKms("tenant acme", () -> reader.getAll("acme"));
  }

  @Test
  void theDecryptor() {
    hangTheDecryptor();

    assertNames("acme bank", Progress.DECRYPTOR, () -> reader.get(BANK));
    assertNames("tenant acme", Progress.DECRYPTOR, () -> reader.getAll("acme"));
  }

  @Test
  void theDecryptorWhenACredentialIsRejected() {
    world.table.plant(world.ready(BANK, 1, "value"));
    hangTheDecryptor();

    CredentialRejectedException rejected = new CredentialRejectedException("no");
    assertThatThrownBy(() ->
            reader.withCredential(
                BANK,
                credential -> {
                  throw rejected;
                }))
        .isSameAs(rejected);

    assertThat(rejected.getSuppressed())
        .extracting(Throwable::getMessage)
        .singleElement()
        .asString()
        .contains("acme bank: no answer from " + Progress.DECRYPTOR + " within ");
    assertThat(reader.stats().timeouts()).isEqualTo(1);
  }

  private static void assertNames(String what, String asked, ThrowingCallable call) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call)
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code)
        .withMessageContaining(what + ": no answer from " + asked + " within ");
  }

  /** The lookup and its deadline may both report it. The lookup also says which key it needed. */
  private static void assertNamesKms(String what, ThrowingCallable call) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call)
        .returns(ErrorCode.TIMEOUT, KeepwarmException::code)
        .withMessageMatching(
            "TIMEOUT: "
                + what
                + ": (the data key of tenant acme: )?no answer from "
                + Progress.KMS
                + " within .*");
  }

  private void hangTheDecryptor() {
    world.resolver.answerText(request -> {
      hang();
      return "";
    });
  }

  /** The deadline passes during the call, which does not return until it is interrupted. */
  private void hang() {
    world.alarms.ring();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
