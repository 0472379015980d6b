package dev.keepwarm.decryptor.dotnet;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.DESKeySpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.RijndaelEngine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * A cipher with its mode and sizes.
 *
 * @param keyBytes DES parity bits included; 16 with TripleDES is the two-key form
 */
record BlockCipher(Algorithm algorithm, Mode mode, int keyBytes, int blockBytes) {

  private static final int DES_KEY_BYTES = 8;
  private static final int AES_BLOCK_BYTES = 16;

  /** The algorithms, with the sizes in bits that .NET gives them. */
  enum Algorithm implements Word {
    AES("AES"),
    RIJNDAEL("Rijndael"),
    TRIPLE_DES("TripleDES"),
    DES("DES");

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
      };
    }

    List<Integer> blockSizes() {
      return switch (this) {
        case AES -> List.of(128);
        case RIJNDAEL -> List.of(128, 192, 256);
        case TRIPLE_DES, DES -> List.of(64);
      };
    }
  }

  /** How blocks are chained. */
  enum Mode implements Word {
    CBC,
    ECB;

    @Override
    public String word() {
      return name();
    }
  }

  /** Whether .NET refuses this key, so that nothing can have been encrypted with it. */
  boolean isWeak(byte[] key) {
    byte[] odd = DesParity.odd(key);
    return switch (algorithm) {
      case AES, RIJNDAEL -> false;
      case DES -> isWeakDesKey(odd);
      case TRIPLE_DES ->
          sameDesKeys(odd, 0, DES_KEY_BYTES)
              || (odd.length == 3 * DES_KEY_BYTES
                  && sameDesKeys(odd, DES_KEY_BYTES, 2 * DES_KEY_BYTES));
    };
  }

  /**
   * Decrypts whole blocks.
   *
   * @param iv as long as a block; not looked at in ECB
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
    };
  }

  private byte[] withJdk(String name, byte[] key, byte[] iv, byte[] blocks) {
    try {
      Cipher cipher = Cipher.getInstance(name + "/" + mode.word() + "/NoPadding");
      SecretKeySpec keySpec = new SecretKeySpec(key, name);
      switch (mode) {
        case CBC -> cipher.init(Cipher.DECRYPT_MODE, keySpec, new IvParameterSpec(iv));
        case ECB -> cipher.init(Cipher.DECRYPT_MODE, keySpec);
      }
      return cipher.doFinal(blocks);
    } catch (GeneralSecurityException e) {
      // Sizes and blocks have been checked; what is left is a JDK without the algorithm.
      throw new IllegalStateException("this JDK cannot decrypt " + algorithm.word(), e);
    }
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
    }
    byte[] decrypted = new byte[blocks.length];
    for (int at = 0; at < blocks.length; at += blockBytes) {
      engine.processBlock(blocks, at, decrypted, at);
    }
    return decrypted;
  }

  /** K1 K2 stands for K1 K2 K1. */
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
