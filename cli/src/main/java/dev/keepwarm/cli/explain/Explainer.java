package dev.keepwarm.cli.explain;

import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one helper. Not thread-safe. */
final class Explainer {
  private final Findings found;
  private final KeyReading keys;

  Explainer(HelperCode code) {
    this.found = new Findings(code);
    this.keys = new KeyReading(found);
  }

  Explanation explain() {
    if (!found.code.decrypts() && found.find("(?i)CreateEncryptor").isEmpty()) {
      found.unseen.add("this file decrypts nothing: pass the file that calls CreateDecryptor");
      return new Explanation(Map.of(), List.of(), List.of(), List.copyOf(found.unseen));
    }
    if (!found.code.decrypts()) {
      found.unseen.add("this file only encrypts: the decrypting function may do more");
    }
    foreign();
    notation();
    cipher();
    keys.findKeyAndIv();
    keys.findKdf();
    keys.key();
    keys.iv();
    sizes();
    layout();
    plaintext();
    padding();
    checkWhole();
    return new Explanation(
        found.ordered(), found.reasons, List.copyOf(found.secrets), List.copyOf(found.unseen));
  }

  private void foreign() {
    found
        .find("(?i)\\bProtectedData\\b")
        .forEach(at ->
            found.unseen.add(
                "line "
                    + found.code.line(at)
                    + " uses DPAPI: only that Windows machine or account can decrypt"));
    found
        .find("(?i)\\bIDataProtector\\b|\\bMachineKey\\b")
        .forEach(at ->
            found.unseen.add(
                "line "
                    + found.code.line(at)
                    + " uses keys of ASP.NET: only that application can decrypt"));
    found
        .find(
            "(?i)\\bRSACryptoServiceProvider\\b|\\bRSA\\s*\\.\\s*Create\\b|\\bX509Certificate2\\b")
        .forEach(at ->
            found.unseen.add(
                "line "
                    + found.code.line(at)
                    + " uses RSA, which this scheme does not support: see the scheme lambda"));
  }

  // Values as they are stored.

  private void notation() {
    List<Integer> base64 = found.find("(?i)\\bFromBase64(?:String|CharArray|Transform)\\b");
    List<Integer> dashed = found.find("(?i)\\.Split\\s*[(]\\s*[\"']-[\"']");
    List<Integer> hex =
        found.find("(?i)\\bFromHexString\\b|\\bToByte\\s*[(][^\\n]*,\\s*16\\s*[)]|HexNumber");
    if (!dashed.isEmpty() && !hex.isEmpty()) {
      found.put(
          "ciphertextEncoding",
          "hex-dashed",
          dashed.getFirst(),
          "Split at dashes, then hexadecimal");
    } else if (!hex.isEmpty()) {
      found.unseen.add(
          "ciphertextEncoding: line "
              + found.code.line(hex.getFirst())
              + " reads hexadecimal: choose hex-upper or hex-lower, as the values are");
    } else if (!base64.isEmpty()) {
      found.put("ciphertextEncoding", "base64", base64.getFirst(), "FromBase64String");
    } else {
      found.unseen.add("ciphertextEncoding: no call that turns text into bytes was found");
    }
    found
        .first("(?i)\\bReplace\\s*[(]\\s*\"\\s\"\\s*,\\s*\"\\+\"")
        .ifPresent(at -> found.put("preDecode", "space-to-plus", at, "Replace of blanks by +"));
  }

  // Cipher, mode, padding.

  private void cipher() {
    for (String gcm : List.of("AesGcm", "GcmBlockCipher")) {
      OptionalInt at = found.first("(?i)\\b" + gcm + "\\b");
      if (at.isPresent()) {
        found.put("cipher", "AES", at.getAsInt(), gcm);
        found.put("mode", "GCM", at.getAsInt(), gcm);
        found.put("padding", "None", at.getAsInt(), gcm);
        found.put("blockSizeBits", 128L, at.getAsInt(), gcm);
        return;
      }
    }
    boolean known =
        found.putIfFound(
                "cipher",
                "TripleDES",
                "(?i)\\bTripleDES(?:CryptoServiceProvider|Cng)?\\b",
                "TripleDES")
            || found.putIfFound("cipher", "DES", "\\bDES(?:CryptoServiceProvider)?\\b", "DES")
            || found.putIfFound("cipher", "RC2", "\\bRC2(?:CryptoServiceProvider)?\\b", "RC2")
            || rijndael();
    if (!known) {
      found.unseen.add("cipher: no cipher class of .NET was found");
    }
    mode();
    property(
        "padding",
        "PaddingMode",
        Map.of(
            "pkcs7", "PKCS7",
            "zeros", "Zeros",
            "ansix923", "ANSIX923",
            "iso10126", "ISO10126",
            "none", "None"),
        "PKCS7");
  }

  private boolean rijndael() {
    boolean rijndael =
        found.putIfFound("cipher", "AES", "(?i)\\bRijndael(?:Managed)?\\b", "Rijndael");
    boolean aes =
        rijndael
            || found.putIfFound(
                "cipher",
                "AES",
                "(?i)\\bAes(?:Managed|CryptoServiceProvider|Cng)?\\b(?!\\s*As\\b)",
                "Aes");
    if (!aes) {
      return false;
    }
    if (rijndael) {
      found
          .size("BlockSize")
          .filter(block -> block.number() != 128)
          .ifPresent(block ->
              found.put(
                  "cipher", "Rijndael", block.offset(), "Rijndael with a BlockSize of its own"));
    }
    return true;
  }

  private void mode() {
    property("mode", "CipherMode", Map.of("cbc", "CBC", "ecb", "ECB", "cfb", "CFB"), "CBC");
    if ("CFB".equals(found.fields.get("mode"))) {
      found
          .size("FeedbackSize")
          .ifPresentOrElse(
              feedback -> put("feedbackSizeBits", feedback, "FeedbackSize"),
              () ->
                  found.unseen.add(
                      "feedbackSizeBits: not set, and .NET's default depends on the class"));
    }
  }

  private void property(String field, String type, Map<String, String> words, String otherwise) {
    Matcher matcher = Pattern.compile("(?i)" + type + "\\s*\\.\\s*(\\w+)").matcher(found.text);
    Set<String> said = new LinkedHashSet<>();
    int at = -1;
    while (matcher.find()) {
      said.add(String.valueOf(matcher.group(1)).toLowerCase(Locale.ROOT));
      at = at < 0 ? matcher.start() : at;
    }
    if (said.size() > 1) {
      found.unseen.add(
          field + ": line " + found.code.line(at) + " and others contradict each other: " + said);
    } else if (said.isEmpty()) {
      found.fields.put(field, otherwise);
      found.reason(field, -1, Findings.DEFAULT);
    } else {
      String word = words.get(said.iterator().next());
      if (word == null) {
        found.unseen.add(
            field + ": line " + found.code.line(at) + " has one that the scheme does not support");
      } else {
        found.put(field, word, at, type);
      }
    }
  }

  // Remaining fields.

  private void sizes() {
    if (!found.fields.containsKey("keySizeBits")) {
      found.size("KeySize").ifPresent(key -> put("keySizeBits", key, "KeySize"));
    }
    if (!found.fields.containsKey("blockSizeBits")) {
      found
          .size("BlockSize")
          .ifPresentOrElse(
              block -> put("blockSizeBits", block, "BlockSize"),
              () ->
                  found.put(
                      "blockSizeBits", (long) found.defaultBlockBits(), -1, Findings.DEFAULT));
    }
    if (keys.derives() && !"CryptDeriveKey".equals(found.fields.get("keySource"))) {
      keys.getBytes();
    }
  }

  private void put(String field, Findings.Size size, String why) {
    found.put(field, (long) size.number(), size.offset(), why);
  }

  private void layout() {
    boolean salt = found.fields.containsKey("saltLengthBytes");
    boolean iv = "prepended".equals(found.fields.get("ivSource"));
    if ("GCM".equals(found.fields.get("mode"))) {
      found.unseen.add(
          "layout: the value has a nonce and a tag; profile detect --known tries every order, and the"
              + " tag proves the right one");
    } else if (!found.find("(?i)\\bHMAC(?:SHA\\d+|MD5)\\b").isEmpty()) {
      found.unseen.add("layout: the value has a MAC; find the order of its parts in the code");
    } else if (!found.fields.containsKey("layout")) {
      String layout =
          salt && iv
              ? "salt|iv|ciphertext"
              : salt ? "salt|ciphertext" : iv ? "iv|ciphertext" : "ciphertext";
      found.fields.put("layout", layout);
      found.reason("layout", -1, "what the code cuts off the front of the value");
    }
  }

  private void plaintext() {
    Matcher decoded =
        Pattern.compile(
                "(?i)\\b(ASCII|UTF8|Unicode|Default)(?:Encoding)?(?:\\(\\))?\\)?\\s*\\.\\s*GetString\\s*[(]")
            .matcher(found.text);
    Set<String> words = new LinkedHashSet<>();
    int at = -1;
    while (decoded.find()) {
      at = decoded.start();
      words.add(String.valueOf(decoded.group(1)));
    }
    if (words.isEmpty()) {
      Matcher variable =
          Pattern.compile("(?i)\\b(\\w+)\\s*\\.\\s*GetString\\s*[(]").matcher(found.text);
      while (variable.find()) {
        at = variable.start();
        Findings.encodingOf(found.constants.follow(String.valueOf(variable.group(1))))
            .ifPresent(words::add);
      }
    }
    Matcher reader = Pattern.compile("(?i)\\bNew\\s+StreamReader\\s*[(]").matcher(found.text);
    if (words.size() == 1) {
      found.putEncoding("plaintextEncoding", words.iterator().next(), at);
    } else if (words.size() > 1) {
      found.unseen.add("plaintextEncoding: the file decodes in several ways");
    } else if (reader.find()) {
      streamReader(found.code.arguments(reader.end() - 1), reader.start());
    } else {
      found.unseen.add("plaintextEncoding: no GetString and no StreamReader was found");
    }
    found
        .first(
            "(?i)\\bTrimEnd\\s*[(][^\\n]*(?:NullChar|vbNullChar|['\"]\\\\0['\"]|Chr\\s*[(]\\s*0|ToChar\\s*[(]\\s*0)")
        .ifPresent(place ->
            found.put("postDecode", "trim-trailing-nul", place, "TrimEnd of zero characters"));
  }

  /** Decrypting without padding removes nothing, and neither does .NET with zeros. */
  private void padding() {
    if ("None".equals(found.fields.get("padding"))
        && Set.of("CBC", "ECB").contains(String.valueOf(found.fields.get("mode")))) {
      found
          .first("(?i)\\bPaddingMode\\s*\\.\\s*None\\b")
          .ifPresent(at ->
              found.put("padding", "Zeros", at, "PaddingMode.None removes as little as Zeros"));
    }
  }

  private void streamReader(List<String> arguments, int at) {
    Findings.encodingOf(arguments.size() > 1 ? found.constants.follow(arguments.get(1)) : "")
        .ifPresentOrElse(
            encoding -> found.putEncoding("plaintextEncoding", encoding, at),
            () -> found.put("plaintextEncoding", "utf-8", at, "StreamReader"));
  }

  /** Validates the parameters as a whole, to report fields that are missing or contradictory. */
  private void checkWhole() {
    if (!found.unseen.isEmpty()) {
      return;
    }
    try {
      DotNetParameters unused = DotNetParameters.parse(found.ordered());
    } catch (DotNetParametersException e) {
      found.unseen.add(String.valueOf(e.getMessage()));
    }
  }
}
