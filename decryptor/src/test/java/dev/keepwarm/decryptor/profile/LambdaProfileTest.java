package dev.keepwarm.decryptor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.MemoryKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LambdaProfileTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                                                          | function must be the name",
        "'function': 1                                               | function must be the name",
        "'function': 'hunter2!'                                      | function must be the name",
        "'function': 'f', 'retries': 1                               | retries is unknown",
        "'function': 'f', 'pointer': 'hunter2'                       | pointer must be a JSON pointer",
        "'function': 'f', 'pointer': null                            | pointer must be a JSON pointer",
        "'function': 'f', 'encoding': 'hunter2'                      | encoding must be one of",
        "'function': 'f', 'request': {}                              | request must contain",
        "'function': 'f', 'request': null                            | request must contain",
        "'function': 'f', 'request': 'ciphertext: ${ciphertext}'     | request must contain",
        "'function': 'f', 'request': ['${ciphertext}', '${hunter2}'] | request has an unknown",
        "'function': 'f', 'timeoutMillis': 99                        | timeoutMillis must be a whole number",
        "'function': 'f', 'timeoutMillis': 25001                     | timeoutMillis must be a whole number",
        "'function': 'f', 'timeoutMillis': '1s'                      | timeoutMillis must be a whole number",
        "'function': 'f', 'timeoutMillis': 100.5                     | timeoutMillis must be a whole number",
        "'function': 'f', 'parallel': 0                              | parallel must be a whole number",
        "'function': 'f', 'undecodableErrors': 'hunter2'             | undecodableErrors must be a list",
        "'function': 'f', 'undecodableErrors': [1]                   | undecodableErrors must be a list",
      })
  void anErrorNamesTheField(String fields, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> parse(fields.replace('\'', '"')))
        .withMessageStartingWith("INVALID_CONFIGURATION: profiles.p." + message)
        .withMessageNotContaining("hunter2")
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "decryptor",
        "decryptor:live",
        "123456789012:function:decryptor",
        "arn:aws:lambda:eu-west-1:123456789012:function:decryptor:7",
        "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:decryptor:$LATEST",
      })
  void aFunctionIsNamedAsLambdaNamesIt(String function) {
    assertThat(parse("\"function\": \"" + function + "\"").names()).containsExactly("p");
  }

  @Test
  void profilesOfTheSchemeNeedFunctions() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> parse("\"function\": \"f\"").decoder(new MemoryKeys()))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code);
  }

  private static Profiles parse(String fields) {
    return Profiles.parse(
        "{\"profiles\": {\"p\": {\"scheme\": \"lambda\"%s%s}}}"
            .formatted(fields.isEmpty() ? "" : ", ", fields));
  }
}
