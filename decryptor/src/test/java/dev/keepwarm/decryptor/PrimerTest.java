package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

final class PrimerTest {
  @Test
  void aMadeUpCredentialGoesAllTheWay() {
    assertThatCode(Primer::run).doesNotThrowAnyException();
  }
}
