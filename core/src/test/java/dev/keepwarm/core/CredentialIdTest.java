package dev.keepwarm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialIdTest {
  private static final String ALLOWED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@/+=-";

  @Test
  void allowsEveryCharacterOfTheGrammarAndNoOther() {
    String allowed =
        IntStream.rangeClosed(0, 0xffff)
            .mapToObj(c -> String.valueOf((char) c))
            .filter(CredentialId::isValidPart)
            .sorted()
            .reduce("", String::concat);

    assertThat(allowed.chars().sorted().toArray()).isEqualTo(ALLOWED.chars().sorted().toArray());
  }

  @Test
  void allowsOneTo128Characters() {
    String longest = "x".repeat(128);

    assertThat(new CredentialId("a", longest).name()).isEqualTo(longest);
    assertThat(new CredentialId(longest, "a").tenant()).isEqualTo(longest);
    assertInvalid(longest + "x", "a", "tenant of 129 characters");
    assertInvalid("a", longest + "x", "name of 129 characters");
    assertInvalid("", "a", "tenant of 0 characters");
    assertInvalid("a", "", "name of 0 characters");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        " a",
        "a ",
        "a\n",
        "a\u0000",
        "a\t",
        "é",
        "e\u0301",
        "\uff41",
        "\u0430",
        "\ud83d\ude00",
        "a*",
        "a#b",
        "a\\b",
        "a\"b",
        "a{b}",
        "a,b",
        "a|b",
        "\u212a"
      })
  void refusesEverythingElseAndDoesNotRepeatIt(String part) {
    assertInvalid(part, "a", "tenant of");
    assertInvalid("a", part, "name of");
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> CredentialId.checkTenant(part))
        .withMessageContaining("1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -");
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new CredentialId("t", "s3cret pass"))
        .withMessageNotContaining("s3cret");
  }

  @Test
  void ordersByTenantAndThenByName() {
    CredentialId first = new CredentialId("a", "b");

    assertThat(first).isLessThan(new CredentialId("b", "a"));
    assertThat(first).isLessThan(new CredentialId("a", "c"));
    assertThat(first).isEqualByComparingTo(new CredentialId("a", "b"));
  }

  @Test
  void printsBothParts() {
    assertThat(new CredentialId("acme", "db/main")).hasToString("acme db/main");
  }

  private static void assertInvalid(String tenant, String name, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new CredentialId(tenant, name))
        .withMessageContaining(message)
        .returns(ErrorCode.INVALID_ID, KeepwarmException::code);
  }
}
