package dev.keepwarm.decryptor.dotnet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.RijndaelEngine;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * The helpers' other direction, for tests: encrypts what {@link DotNetDecoder} should decode. Takes
 * keys from {@link KeyDerivation}, which the vectors hold to .NET, and does the rest in its own
 * way.
 */
final class Encryptor {

  private final Scheme scheme;
  private final KeyDerivation keys;
  private final Seed seed;

  Encryptor(DotNetParameters parameters, DotNetSecret secret, Seed seed) {
    this.scheme = parameters.scheme();
    this.keys = new KeyDerivation(scheme, secret);
    this.seed = seed;
  }

  String encrypt(String text) {
    byte[] salt = seed.bytes(scheme.lengths().salt());
    byte[] prependedIv = seed.bytes(scheme.lengths().iv());
    KeyMaterial material = keys.apply(salt);
    byte[] iv =
        switch (scheme.ivSource()) {
          case KDF_NEXT_BYTES -> material.iv();
          case PREPENDED -> prependedIv;
          case PARAMETER, SIMPLE_3DES_CONSTANT, NONE -> scheme.fixedIv();
        };
    byte[] ciphertext = encryptBlocks(material.key(), iv, padded(encoded(text)));
    ByteArrayOutputStream stored = new ByteArrayOutputStream();
    stored.writeBytes(salt);
    stored.writeBytes(prependedIv);
    stored.writeBytes(ciphertext);
    if (scheme.layout().hasMac()) {
      stored.writeBytes(hmac(material.macKey(), stored.toByteArray()));
    }
    return written(stored.toByteArray());
  }

  private byte[] encoded(String text) {
    return switch (scheme.plaintextEncoding()) {
      case UTF_8 -> text.getBytes(Charset.forName("UTF-8"));
      case UTF_8_BOM -> ("\uFEFF" + text).getBytes(Charset.forName("UTF-8"));
      case UTF_16LE -> text.getBytes(Charset.forName("UTF-16LE"));
      case UTF_16LE_BOM -> ("\uFEFF" + text).getBytes(Charset.forName("UTF-16LE"));
      case US_ASCII -> text.getBytes(Charset.forName("US-ASCII"));
      case WINDOWS_1252 -> text.getBytes(Charset.forName("windows-1252"));
    };
  }

  private byte[] padded(byte[] bytes) {
    int block = scheme.cipher().blockBytes();
    int count = block - bytes.length % block;
    if (scheme.padding() == Padding.ZEROS && count == block) {
      return bytes;
    }
    byte[] padding =
        switch (scheme.padding()) {
          case ZEROS, ANSIX923 -> new byte[count];
          case ISO10126 -> seed.bytes(count);
          case PKCS7 -> {
            byte[] same = new byte[count];
            Arrays.fill(same, (byte) count);
            yield same;
          }
        };
    if (scheme.padding() != Padding.ZEROS) {
      padding[count - 1] = (byte) count;
    }
    byte[] padded = Arrays.copyOf(bytes, bytes.length + count);
    System.arraycopy(padding, 0, padded, bytes.length, count);
    return padded;
  }

  private byte[] encryptBlocks(byte[] key, byte[] iv, byte[] blocks) {
    int block = scheme.cipher().blockBytes();
    byte[] encrypted = new byte[blocks.length];
    byte[] previous = Arrays.copyOf(iv, block);
    for (int at = 0; at < blocks.length; at += block) {
      byte[] input = Arrays.copyOfRange(blocks, at, at + block);
      if (scheme.cipher().mode() == BlockCipher.Mode.CBC) {
        for (int i = 0; i < block; i++) {
          input[i] ^= previous[i];
        }
      }
      previous = encryptBlock(key, input);
      System.arraycopy(previous, 0, encrypted, at, block);
    }
    return encrypted;
  }

  private byte[] encryptBlock(byte[] key, byte[] block) {
    return switch (scheme.cipher().algorithm()) {
      case AES, RIJNDAEL -> {
        RijndaelEngine engine = new RijndaelEngine(block.length * 8);
        engine.init(true, new KeyParameter(key));
        byte[] encrypted = new byte[block.length];
        engine.processBlock(block, 0, encrypted, 0);
        yield encrypted;
      }
      case DES -> des(Cipher.ENCRYPT_MODE, key, 0, block);
      case TRIPLE_DES ->
          des(
              Cipher.ENCRYPT_MODE,
              key,
              key.length == 16 ? 0 : 16,
              des(Cipher.DECRYPT_MODE, key, 8, des(Cipher.ENCRYPT_MODE, key, 0, block)));
    };
  }

  private static byte[] des(int mode, byte[] keys, int from, byte[] block) {
    try {
      Cipher cipher = Cipher.getInstance("DES/CBC/NoPadding");
      cipher.init(mode, new SecretKeySpec(keys, from, 8, "DES"), new IvParameterSpec(new byte[8]));
      return cipher.doFinal(block);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] hmac(byte[] key, byte[] bytes) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private String written(byte[] stored) {
    return switch (scheme.notation()) {
      case BASE64 -> Base64.getEncoder().encodeToString(stored);
      case BASE64_LINEBREAKS -> Base64.getMimeEncoder().encodeToString(stored);
      case HEX_UPPER -> HexFormat.of().withUpperCase().formatHex(stored);
      case HEX_LOWER -> HexFormat.of().formatHex(stored);
      case HEX_DASHED -> HexFormat.ofDelimiter("-").withUpperCase().formatHex(stored);
    };
  }
}
