package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DerivedKeysTest {

  private final List<byte[]> derivedFor = new ArrayList<>();
  private final DerivedKeys keys = new DerivedKeys(this::derive);

  @Test
  void derivesOnceForEachSalt() {
    assertThat(keys.forSalt(salt(1)).key()).isEqualTo(salt(1));
    assertThat(keys.forSalt(salt(1)).key()).isEqualTo(salt(1));
    assertThat(keys.forSalt(salt(2)).key()).isEqualTo(salt(2));

    assertThat(derivedFor).containsExactly(salt(1), salt(2));
  }

  @Test
  void wipingACopyLeavesTheKeptKeyAlone() {
    keys.forSalt(salt(1)).close();
    keys.forSalt(salt(1)).close();

    assertThat(keys.forSalt(salt(1)).key()).isEqualTo(salt(1));
    assertThat(derivedFor).hasSize(1);
  }

  @Test
  void keepsTheMostRecentlyUsed() {
    for (int i = 0; i < 1000; i++) {
      keys.forSalt(salt(i));
      keys.forSalt(salt(0));
    }

    assertThat(keys.size()).isEqualTo(256);
    assertThat(derivedFor).hasSize(1000);
  }

  @Test
  void clearForgetsAndDerivesAgainOnDemand() {
    keys.forSalt(salt(1));
    keys.clear();

    assertThat(keys.size()).isZero();
    assertThat(keys.forSalt(salt(1)).key()).isEqualTo(salt(1));
    assertThat(derivedFor).hasSize(2);
  }

  @Test
  void aDerivationThatClearOvertookIsNotKept() {
    DerivedKeys[] itself = new DerivedKeys[1];
    itself[0] =
        new DerivedKeys(salt -> {
          itself[0].clear();
          return derive(salt);
        });

    assertThat(itself[0].forSalt(salt(1)).key()).isEqualTo(salt(1));
    assertThat(itself[0].size()).isZero();
  }

  @Test
  void closingWipes() {
    KeyMaterial material = new KeyMaterial(salt(1), salt(2), salt(3));
    material.close();

    assertThat(List.of(material.key(), material.iv(), material.macKey()))
        .allSatisfy(bytes -> assertThat(bytes).containsOnly(0));
  }

  private KeyMaterial derive(byte[] salt) {
    derivedFor.add(salt.clone());
    return new KeyMaterial(salt.clone(), new byte[0], new byte[0]);
  }

  private static byte[] salt(int number) {
    return new byte[] {1, (byte) (number >> 8), (byte) number};
  }
}
