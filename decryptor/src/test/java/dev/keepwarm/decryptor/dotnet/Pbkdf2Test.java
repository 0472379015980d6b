package dev.keepwarm.decryptor.dotnet;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;

class Pbkdf2Test {

  private final Seed seed = Seed.printed();

  /** RFC 6070. */
  @Test
  void derivesWhatTheStandardSays() {
    assertThat(derived("password", "salt", 1, 20))
        .isEqualTo("0c60c80f961f0e71f3a9b524af6012062fe037a6");
    assertThat(derived("password", "salt", 4096, 20))
        .isEqualTo("4b007901b765489abead49d926f721d065a429c1");
    assertThat(
            derived("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25))
        .isEqualTo("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
    assertThat(derived("pass\0word", "sa\0lt", 4096, 16))
        .isEqualTo("56fa6aa75548099dcc37d7f03425e0c3");
  }

  @Test
  void derivesWhatTheJdkDoes() throws GeneralSecurityException {
    for (Hash hash : DeriveBytes.RFC_2898.hashes()) {
      for (int length : List.of(1, hash.lengthBytes(), 3 * hash.lengthBytes() + 1)) {
        // If a password is longer than a block of the hash, HMAC uses its hash instead.
        for (int chars : List.of(1, hash.blockBytes(), hash.blockBytes() + 1)) {
          String password = HexFormat.of().formatHex(seed.bytes(chars)).substring(0, chars);
          byte[] salt = seed.bytes(8 + seed.below(60));
          int iterations = 1 + seed.below(50);
          byte[] jdks =
              SecretKeyFactory.getInstance("PBKDF2WithHmac" + hash.word())
                  .generateSecret(
                      new PBEKeySpec(password.toCharArray(), salt, iterations, 8 * length))
                  .getEncoded();

          assertThat(Pbkdf2.derive(hash, password.getBytes(US_ASCII), salt, iterations, length))
              .isEqualTo(jdks);
        }
      }
    }
  }

  private static String derived(String password, String salt, int iterations, int length) {
    return HexFormat.of()
        .formatHex(
            Pbkdf2.derive(
                Hash.SHA1,
                password.getBytes(US_ASCII),
                salt.getBytes(US_ASCII),
                iterations,
                length));
  }
}
