package dev.keepwarm.decryptor.dotnet;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.BlowfishEngine;
import org.bouncycastle.crypto.engines.RC2Engine;
import org.bouncycastle.crypto.engines.RijndaelEngine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.RC2Parameters;

/**
 * The opposite direction, for tests: encrypts values that {@link DotNetDecoder} should decode. The
 * keys come from {@link KeyDerivation}, which the vectors compare with .NET. Everything else is
 * implemented independently.
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
    Layout.Lengths lengths = scheme.lengths();
    Map<String, byte[]> parts = new HashMap<>();
    parts.put("salt", seed.bytes(lengths.salt()));
    parts.put("macsalt", seed.bytes(lengths.macSalt()));
    byte[] prependedIv = seed.bytes(lengths.iv());
    parts.put(scheme.layout().hasTag() ? "nonce" : "iv", prependedIv);
    parts.put("Salted__", "Salted__".getBytes(US_ASCII));
    parts.put("version", new byte[] {(byte) (lengths.iv() == 8 ? 1 : 2), 0, 0, 0});
    parts.put("ivlength", new byte[] {(byte) lengths.iv(), 0, 0, 0});
    parts.put("noncelength", new byte[] {(byte) lengths.iv(), 0, 0, 0});
    parts.put("taglength", new byte[] {(byte) lengths.mac(), 0, 0, 0});
    KeyMaterial material = keys.apply(joined(List.of("salt", "macsalt"), parts));
    byte[] iv =
        switch (scheme.ivSource()) {
          case PREPENDED -> prependedIv;
          case PARAMETER, SIMPLE_3DES_CONSTANT, NONE -> scheme.fixedIv();
          default -> material.iv();
        };
    byte[] plain = padded(withHeader(encoded(text)));
    switch (scheme.cipher().mode()) {
      case CBC, ECB -> parts.put("ciphertext", encryptBlocks(material.key(), iv, plain));
      case CFB -> parts.put("ciphertext", encryptFeedback(material.key(), iv, plain));
      case GCM -> encryptGcm(material.key(), iv, plain, parts);
    }
    List<String> order = List.of(scheme.layout().word().split("\\|", -1));
    if (scheme.layout().hasMac()) {
      List<String> covered =
          scheme.mac().orElseThrow().ofCiphertextAlone()
              ? List.of("ciphertext")
              : order.stream().filter(part -> !part.equals("hmac")).toList();
      parts.put("hmac", hmac(material.macKey(), joined(covered, parts)));
    }
    return scheme.valuePrefix() + written(joined(order, parts)) + scheme.valueSuffix();
  }

  private static byte[] joined(List<String> order, Map<String, byte[]> parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    order.forEach(part -> joined.writeBytes(requireNonNull(parts.get(part), part)));
    return joined.toByteArray();
  }

  private byte[] withHeader(byte[] text) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(seed.bytes(scheme.plaintextPrefixBytes()));
    if (scheme.sqlServerHeader()) {
      whole.writeBytes(new byte[] {0x0D, (byte) 0xF0, (byte) 0xAD, (byte) 0xBA, 0, 0});
      whole.write(text.length);
      whole.write(text.length >> 8);
    }
    whole.writeBytes(text);
    return whole.toByteArray();
  }

  private byte[] encryptFeedback(byte[] key, byte[] iv, byte[] text) {
    byte[] register = iv.clone();
    byte[] encrypted = new byte[text.length];
    int step = scheme.cipher().feedbackBytes();
    for (int at = 0; at < text.length; at += step) {
      byte[] stream = encryptBlock(key, register);
      byte[] shifted = Arrays.copyOfRange(register, step, register.length + step);
      for (int i = 0; i < step && at + i < text.length; i++) {
        encrypted[at + i] = (byte) (text[at + i] ^ stream[i]);
        shifted[register.length - step + i] = encrypted[at + i];
      }
      register = shifted;
    }
    return encrypted;
  }

  private void encryptGcm(byte[] key, byte[] nonce, byte[] text, Map<String, byte[]> parts) {
    int tagBytes = scheme.lengths().mac();
    GCMModeCipher gcm = GCMBlockCipher.newInstance(AESEngine.newInstance());
    gcm.init(
        true,
        new AEADParameters(
            new KeyParameter(key),
            tagBytes * 8,
            nonce,
            scheme.saltIsAssociated() ? parts.get("salt") : scheme.associatedData()));
    byte[] both = new byte[gcm.getOutputSize(text.length)];
    try {
      gcm.doFinal(both, gcm.processBytes(text, 0, text.length, both, 0));
    } catch (InvalidCipherTextException e) {
      throw new AssertionError(e);
    }
    parts.put("ciphertext", Arrays.copyOf(both, text.length));
    parts.put("tag", Arrays.copyOfRange(both, text.length, both.length));
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
    if (scheme.padding() == Padding.NONE) {
      return bytes;
    }
    int block = scheme.cipher().paddedBytes();
    int count = block - bytes.length % block;
    if (scheme.padding() == Padding.ZEROS && count == block) {
      return bytes;
    }
    byte[] padding =
        switch (scheme.padding()) {
          case ZEROS, ANSIX923 -> new byte[count];
          case NONE -> throw new AssertionError("nothing to pad");
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
      case RC2 -> encryptBlock(new RC2Engine(), new RC2Parameters(key, key.length * 8), block);
      case BLOWFISH -> encryptBlock(new BlowfishEngine(), new KeyParameter(key), block);
      case TRIPLE_DES ->
          des(
              Cipher.ENCRYPT_MODE,
              key,
              key.length == 16 ? 0 : 16,
              des(Cipher.DECRYPT_MODE, key, 8, des(Cipher.ENCRYPT_MODE, key, 0, block)));
    };
  }

  private static byte[] encryptBlock(
      org.bouncycastle.crypto.BlockCipher engine, KeyParameter key, byte[] block) {
    engine.init(true, key);
    byte[] encrypted = new byte[block.length];
    engine.processBlock(block, 0, encrypted, 0);
    return encrypted;
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

  private byte[] hmac(byte[] key, byte[] bytes) {
    String name = "Hmac" + scheme.mac().orElseThrow().hash().word();
    try {
      Mac mac = Mac.getInstance(name);
      mac.init(new SecretKeySpec(key, name));
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private String written(byte[] stored) {
    return switch (scheme.notation()) {
      case BASE64 -> Base64.getEncoder().encodeToString(stored);
      case BASE64_LINEBREAKS -> Base64.getMimeEncoder().encodeToString(stored);
      case BASE64_URL -> Base64.getUrlEncoder().withoutPadding().encodeToString(stored);
      case URL_TOKEN ->
          Base64.getUrlEncoder().withoutPadding().encodeToString(stored)
              + (3 - stored.length % 3) % 3;
      case HEX_UPPER -> HexFormat.of().withUpperCase().formatHex(stored);
      case HEX_LOWER -> HexFormat.of().formatHex(stored);
      case HEX_DASHED -> HexFormat.ofDelimiter("-").withUpperCase().formatHex(stored);
    };
  }
}
