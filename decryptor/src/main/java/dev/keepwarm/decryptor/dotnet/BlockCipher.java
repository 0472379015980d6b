package dev.keepwarm.decryptor.dotnet;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.DESKeySpec;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.RC2ParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.RijndaelEngine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * A cipher with its mode and sizes.
 *
 * @param feedbackBytes how much CFB decrypts at a time; zero in other modes
 * @param keyBytes DES parity bits included; 16 with TripleDES is the two-key form
 */
record BlockCipher(
    Algorithm algorithm, Mode mode, int keyBytes, int blockBytes, int feedbackBytes) {

  private static final int DES_KEY_BYTES = 8;
  private static final int AES_BLOCK_BYTES = 16;

  /** The algorithms, with the sizes in bits that .NET gives them. */
  enum Algorithm implements Word {
    AES("AES"),
    RIJNDAEL("Rijndael"),
    TRIPLE_DES("TripleDES"),
    DES("DES"),
    RC2("RC2"),
    BLOWFISH("Blowfish");

    private final String word;

    Algorithm(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }

    List<Integer> keySizes() {
      return switch (this) {
        case AES, RIJNDAEL -> List.of(128, 192, 256);
        case TRIPLE_DES -> List.of(128, 192);
        case DES -> List.of(64);
        case RC2 -> bytesUpTo(40, 128);
        case BLOWFISH -> bytesUpTo(32, 448);
      };
    }

    List<Integer> blockSizes() {
      return switch (this) {
        case AES -> List.of(128);
        case RIJNDAEL -> List.of(128, 192, 256);
        case TRIPLE_DES, DES, RC2, BLOWFISH -> List.of(64);
      };
    }

    private static List<Integer> bytesUpTo(int min, int max) {
      return IntStream.rangeClosed(min / 8, max / 8).mapToObj(bytes -> bytes * 8).toList();
    }
  }

  /** How blocks are chained. */
  enum Mode implements Word {
    CBC,
    ECB,
    CFB,
    GCM;

    @Override
    public String word() {
      return name();
    }
  }

  /** Whether .NET refuses this key, so that nothing can have been encrypted with it. */
  boolean isWeak(byte[] key) {
    byte[] odd = DesParity.odd(key);
    return switch (algorithm) {
      case AES, RIJNDAEL, RC2, BLOWFISH -> false;
      case DES -> isWeakDesKey(odd);
      case TRIPLE_DES ->
          sameDesKeys(odd, 0, DES_KEY_BYTES)
              || (odd.length == 3 * DES_KEY_BYTES
                  && sameDesKeys(odd, DES_KEY_BYTES, 2 * DES_KEY_BYTES));
    };
  }

  /** The smallest unit, in bytes, to whose multiple texts are padded. */
  int paddedBytes() {
    return mode == Mode.CFB ? feedbackBytes : blockBytes;
  }

  /**
   * The length of the text without its padding, or nothing if the padding is wrong. With CFB, some
   * classes of .NET pad to the feedback size, and some to a whole block.
   */
  OptionalInt lengthWithout(Padding padding, byte[] bytes) {
    if (!takes(bytes.length, padding)) {
      return OptionalInt.empty();
    }
    return padding.lengthWithout(
        bytes, bytes.length % blockBytes == 0 ? blockBytes : paddedBytes());
  }

  /** Whether the cipher decrypts a text of this length. */
  boolean takes(int length, Padding padding) {
    if (length == 0) {
      return padding.allowsNoBlock();
    }
    return mode == Mode.GCM
        || (mode == Mode.CFB && padding == Padding.NONE)
        || length % paddedBytes() == 0;
  }

  /** Decrypts and verifies; nothing if the tag does not match. */
  Optional<byte[]> decryptGcm(
      byte[] key, byte[] nonce, byte[] ciphertext, byte[] tag, byte[] associated) {
    byte[] both = Arrays.copyOf(ciphertext, ciphertext.length + tag.length);
    System.arraycopy(tag, 0, both, ciphertext.length, tag.length);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(key, "AES"),
          new GCMParameterSpec(tag.length * 8, nonce));
      cipher.updateAAD(associated);
      return Optional.of(cipher.doFinal(both));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot decrypt AES-GCM", e);
    }
  }

  /**
   * Decrypts a text whose length {@link #takes} allows, in any mode but GCM.
   *
   * @param iv as long as a block; ignored in ECB
   */
  byte[] decrypt(byte[] key, byte[] iv, byte[] blocks) {
    return switch (algorithm) {
      case AES -> withJdk("AES", key, iv, blocks);
      case RIJNDAEL ->
          blockBytes == AES_BLOCK_BYTES
              ? withJdk("AES", key, iv, blocks)
              : withBouncyCastle(key, iv, blocks);
      case DES -> withJdk("DES", key, iv, blocks);
      case TRIPLE_DES -> withJdk("DESede", threeKeys(key), iv, blocks);
      case RC2 -> withJdk("RC2", key, iv, blocks);
      case BLOWFISH -> withJdk("Blowfish", key, iv, blocks);
    };
  }

  private byte[] withJdk(String name, byte[] key, byte[] iv, byte[] blocks) {
    try {
      Cipher cipher = Cipher.getInstance(name + "/" + transformation() + "/NoPadding");
      SecretKeySpec keySpec = new SecretKeySpec(key, name);
      switch (mode) {
        case CBC, CFB -> cipher.init(Cipher.DECRYPT_MODE, keySpec, parameters(key, iv));
        case ECB -> {
          if (algorithm == Algorithm.RC2) {
            cipher.init(Cipher.DECRYPT_MODE, keySpec, new RC2ParameterSpec(key.length * 8));
          } else {
            cipher.init(Cipher.DECRYPT_MODE, keySpec);
          }
        }
        case GCM -> throw new IllegalStateException("see decryptGcm");
      }
      return cipher.doFinal(blocks);
    } catch (GeneralSecurityException e) {
      // Sizes and blocks have been checked, so this JDK must lack the algorithm.
      throw new IllegalStateException("this JDK cannot decrypt " + algorithm.word(), e);
    }
  }

  /** .NET's effective key size is the key's own. */
  private AlgorithmParameterSpec parameters(byte[] key, byte[] iv) {
    return algorithm == Algorithm.RC2
        ? new RC2ParameterSpec(key.length * 8, iv)
        : new IvParameterSpec(iv);
  }

  private String transformation() {
    return mode == Mode.CFB ? "CFB" + feedbackBytes * 8 : mode.word();
  }

  /** The JDK has no Rijndael with blocks other than AES's. */
  private byte[] withBouncyCastle(byte[] key, byte[] iv, byte[] blocks) {
    org.bouncycastle.crypto.BlockCipher engine = new RijndaelEngine(blockBytes * 8);
    switch (mode) {
      case CBC -> {
        engine = CBCBlockCipher.newInstance(engine);
        engine.init(false, new ParametersWithIV(new KeyParameter(key), iv));
      }
      case ECB -> engine.init(false, new KeyParameter(key));
      case CFB, GCM -> throw new IllegalStateException("only with AES's blocks");
    }
    byte[] decrypted = new byte[blocks.length];
    for (int at = 0; at < blocks.length; at += blockBytes) {
      engine.processBlock(blocks, at, decrypted, at);
    }
    return decrypted;
  }

  /** The two-key form K1 K2 means K1 K2 K1. */
  private static byte[] threeKeys(byte[] key) {
    byte[] three = Arrays.copyOf(key, 3 * DES_KEY_BYTES);
    if (key.length == 2 * DES_KEY_BYTES) {
      System.arraycopy(key, 0, three, 2 * DES_KEY_BYTES, DES_KEY_BYTES);
    }
    return three;
  }

  private static boolean sameDesKeys(byte[] keys, int first, int second) {
    return Arrays.equals(keys, first, first + DES_KEY_BYTES, keys, second, second + DES_KEY_BYTES);
  }

  private static boolean isWeakDesKey(byte[] oddKey) {
    try {
      return DESKeySpec.isWeak(oddKey, 0);
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("a DES key of " + oddKey.length + " bytes", e);
    }
  }
}
