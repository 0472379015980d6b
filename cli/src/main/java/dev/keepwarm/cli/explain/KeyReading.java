package dev.keepwarm.cli.explain;

import dev.keepwarm.cli.explain.Constants.Assignment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads how the key and the IV are made. Not thread-safe. */
final class KeyReading {
  private static final Pattern DERIVE_BYTES =
      Pattern.compile(
          "(?i)\\bnew\\s+(?:[\\w.]*\\.)?(rfc2898derivebytes|passwordderivebytes)\\s*[(]");

  private static final Pattern STATIC_PBKDF2 =
      Pattern.compile("(?i)\\brfc2898derivebytes\\s*\\.\\s*pbkdf2\\s*[(]");

  private static final Pattern CREATE_DECRYPTOR =
      Pattern.compile("(?i)\\bCreate(?:Decryptor|Encryptor)\\s*[(]");

  private final Findings found;

  /** The object that derives the key or the IV; null if there is none. */
  private @Nullable Kdf kdf;

  private @Nullable String keyExpression;

  private @Nullable String ivExpression;

  KeyReading(Findings found) {
    this.found = found;
  }

  /**
   * An object that derives bytes.
   *
   * @param name the variable; null if it has none
   * @param offset where it is created
   */
  private record Kdf(@Nullable String name, int offset, List<GetBytes> calls) {}

  private record GetBytes(String expression, OptionalInt length) {}

  // Key and IV.

  void findKeyAndIv() {
    Matcher matcher = CREATE_DECRYPTOR.matcher(found.text);
    while (matcher.find()) {
      List<String> arguments = found.code.arguments(matcher.end() - 1);
      if (arguments.size() == 2) {
        keyExpression = arguments.get(0);
        ivExpression = arguments.get(1);
      }
    }
    if (keyExpression == null) {
      Matcher gcm =
          Pattern.compile("(?i)\\bnew\\s+(?:AesGcm|KeyParameter)\\s*[(]").matcher(found.text);
      List<String> arguments = gcm.find() ? found.code.arguments(gcm.end() - 1) : List.of();
      keyExpression = arguments.isEmpty() ? lastOf("Key") : arguments.getFirst();
    }
    if (ivExpression == null || isPropertyOf(ivExpression, "IV")) {
      ivExpression = lastOf("IV");
    }
    if (keyExpression != null && isPropertyOf(keyExpression, "Key") && lastOf("Key") != null) {
      keyExpression = lastOf("Key");
    }
  }

  private static boolean isPropertyOf(@Nullable String expression, String property) {
    return expression != null
        && !expression.matches("(?i)(?:me|this)\\.\\w+")
        && expression.toLowerCase(Locale.ROOT).endsWith("." + property.toLowerCase(Locale.ROOT));
  }

  private @Nullable String lastOf(String property) {
    List<Assignment> all = found.constants.ofProperty(property);
    return all.isEmpty() ? null : all.getLast().expression();
  }

  void findKdf() {
    Matcher matcher = DERIVE_BYTES.matcher(found.text);
    List<Integer> others = new ArrayList<>();
    while (matcher.find()) {
      if (kdf != null) {
        others.add(matcher.start());
        continue;
      }
      boolean rfc2898 = "rfc2898derivebytes".equalsIgnoreCase(matcher.group(1));
      Optional<GetBytes> chained = chained(matcher.end() - 1);
      kdf =
          new Kdf(
              chained.isPresent() ? null : variableOf(matcher.start()),
              matcher.start(),
              new ArrayList<>(chained.stream().toList()));
      derive(rfc2898, found.code.arguments(matcher.end() - 1), matcher.start());
    }
    Matcher pbkdf2 = STATIC_PBKDF2.matcher(found.text);
    if (kdf == null && pbkdf2.find()) {
      List<String> arguments = found.code.arguments(pbkdf2.end() - 1);
      kdf = new Kdf(null, pbkdf2.start(), new ArrayList<>());
      derive(true, arguments, pbkdf2.start());
      if (arguments.size() == 5) {
        GetBytes call = new GetBytes(arguments.get(4), found.constants.number(arguments.get(4)));
        kdf.calls().add(call);
      }
    }
    if (!others.isEmpty()) {
      found.unseen.add(
          "keySource: line "
              + found.code.line(others.getFirst())
              + " derives bytes as well: only line "
              + found.code.line(kdf == null ? 0 : kdf.offset())
              + " was read");
    }
    findCalls();
  }

  /** {@code new Rfc2898DeriveBytes(…).GetBytes(32)}, without a variable. */
  private Optional<GetBytes> chained(int open) {
    int end = HelperCode.closing(found.text, open, found.code.isVisualBasic());
    Matcher call =
        Pattern.compile("(?is)[)]?\\s*\\.\\s*GetBytes\\s*[(]")
            .matcher(found.text)
            .region(end, found.text.length());
    if (!call.lookingAt()) {
      return Optional.empty();
    }
    List<String> arguments = found.code.arguments(call.end() - 1);
    return arguments.size() == 1
        ? Optional.of(new GetBytes(arguments.getFirst(), found.length(arguments.getFirst())))
        : Optional.empty();
  }

  private void findCalls() {
    if (kdf == null || kdf.name() == null) {
      return;
    }
    Matcher call =
        Pattern.compile("(?i)\\b" + Pattern.quote(kdf.name()) + "\\s*\\.\\s*GetBytes\\s*[(]")
            .matcher(found.text);
    while (call.find()) {
      List<String> arguments = found.code.arguments(call.end() - 1);
      if (arguments.size() == 1) {
        kdf.calls().add(new GetBytes(arguments.getFirst(), found.length(arguments.getFirst())));
      }
    }
  }

  private @Nullable String variableOf(int offset) {
    String before = found.text.substring(Math.max(0, offset - 200), offset);
    Matcher assigned =
        Pattern.compile("(?is).*?\\b(\\w+)\\s*(?:\\bAs\\s+[\\w.]+\\s*)?(?:=|\\bAs)\\s*$")
            .matcher(before);
    return assigned.matches() ? assigned.group(1) : null;
  }

  private void derive(boolean rfc2898, List<String> arguments, int at) {
    String name = rfc2898 ? "Rfc2898DeriveBytes" : "PasswordDeriveBytes";
    found.put("keySource", name, at, name);
    found.put("passphraseEncoding", "utf-8", at, name + " takes a text as UTF-8");
    if (!arguments.isEmpty()) {
      password(arguments.getFirst(), at);
    }
    if (arguments.size() > 1) {
      salt(arguments.get(1), at);
    }
    String hash = null;
    boolean isHashGiven = false;
    OptionalInt iterations = OptionalInt.empty();
    boolean isGiven = false;
    // (password, salt, iterations, hash) and (password, salt, "hash", iterations)
    int placeOfHash = rfc2898 ? 3 : arguments.size() >= 4 ? 2 : -1;
    for (int i = 2; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String word = Findings.hashWord(argument);
      if (word == null && i == placeOfHash) {
        word = Findings.hashWord(found.constants.follow(argument));
        isHashGiven = true;
      }
      if (word != null) {
        hash = word;
      } else if (!isGiven
          && i != placeOfHash
          && !argument.toLowerCase(Locale.ROOT).contains("csp")) {
        isGiven = true;
        iterations = found.constants.number(argument);
      }
    }
    Optional<Findings.Size> set = found.size("IterationCount");
    if (set.isPresent()) {
      isGiven = true;
      iterations = OptionalInt.of(set.get().number());
    }
    if (hash == null && isHashGiven) {
      found.unseen.add("kdfHash: line " + found.code.line(at) + " takes it from elsewhere");
    } else {
      found.put(
          "kdfHash",
          hash == null ? "SHA1" : hash,
          hash == null ? -1 : at,
          hash == null ? Findings.DEFAULT : name);
    }
    if (iterations.isPresent()) {
      found.put("iterations", (long) iterations.getAsInt(), at, name);
    } else if (isGiven) {
      found.unseen.add("iterations: line " + found.code.line(at) + " takes them from elsewhere");
    } else {
      found.put("iterations", rfc2898 ? 1000L : 100L, -1, Findings.DEFAULT);
    }
  }

  /** Reads the input of the key derivation, if it is not simply the passphrase. */
  private void password(String argument, int at) {
    String followed = found.constants.follow(argument);
    Matcher encoded = Constants.ENCODED.matcher(followed);
    if (encoded.matches()) {
      String word = Constants.encoding(String.valueOf(encoded.group(1)));
      if (word == null) {
        found.unseen.add(
            "passphraseEncoding: line "
                + found.code.line(at)
                + " has one that the scheme does not support");
      } else {
        found.put("passphraseEncoding", word, at, "Encoding of the passphrase");
      }
    } else {
      found
          .hashOf(followed)
          .ifPresentOrElse(
              hash -> {
                found.put("passphraseHash", hash.word(), at, "ComputeHash of the passphrase");
                if (hash.encoding() != null) {
                  found.put(
                      "passphraseEncoding", hash.encoding(), at, "Encoding of the passphrase");
                }
              },
              () -> {
                if (found.isBytes(argument) || found.isBytes(followed)) {
                  found.fields.remove("passphraseEncoding");
                  found.reasons.removeIf(reason -> reason.field().equals("passphraseEncoding"));
                  found.unseen.add(
                      "passphraseEncoding: line "
                          + found.code.line(at)
                          + " takes bytes from elsewhere: is the passphrase hashed before?");
                }
              });
    }
    found.secrets.add("passphrase");
  }

  private void salt(String argument, int at) {
    String followed = found.constants.follow(argument);
    if (Constants.isNothing(followed)) {
      found.fields.put("saltHex", null);
      found.reason("saltHex", at, "no salt");
      return;
    }
    Constants.Bytes bytes = found.constants.bytes(argument);
    String ofText = bytes == null ? null : bytes.text();
    String encoding = bytes == null ? null : bytes.encoding();
    // An array that is filled later is not a salt of zeros.
    if (bytes == null || (bytes.hex().matches("0*") && found.isAlsoFilled(argument))) {
      saltFromElsewhere(argument, followed, at);
    } else if (ofText != null && encoding != null) {
      found.put("saltText", ofText, at, "the salt's text");
      found.put("saltEncoding", encoding, at, "Encoding of the salt");
    } else {
      found.put("saltHex", bytes.hex(), at, "the salt's bytes");
    }
  }

  private void saltFromElsewhere(String argument, String followed, int at) {
    if (followed.matches("(?is).*getbytes\\s*\\(.*\\.length(?:\\.tostring\\(\\))?\\s*\\).*")) {
      found.put("saltSource", "passphrase-length", at, "the passphrase's length as a salt");
      return;
    }
    OptionalInt head = found.headOfValue(argument);
    if (head.isPresent()) {
      found.put(
          "saltLengthBytes", (long) head.getAsInt(), at, "the salt stands in front of the value");
    } else {
      found.unseen.add("saltHex: line " + found.code.line(at) + " takes the salt from elsewhere");
    }
  }

  void key() {
    String given = keyExpression;
    if (simple3Des()) {
      return;
    }
    if (given == null) {
      if (kdf == null) {
        found.unseen.add("keySource: no key is set in this file");
      }
      return;
    }
    String followed = found.constants.follow(given);
    int at = found.placeOf(given);
    if (followed.matches("(?is).*\\bCryptDeriveKey\\s*\\(.*")) {
      cryptDeriveKey(followed, at);
    } else if (followed.matches("(?is).*\\bGetBytes\\s*\\(.*")
        && kdf != null
        && isOfKdf(followed)) {
      derivedKey(followed, at);
    } else if (kdf != null && found.fields.containsKey("keySource") && isPbkdf2(followed)) {
      derivedKey(followed, at);
    } else if (overlap()) {
      return;
    } else {
      found
          .hashOf(followed)
          .ifPresentOrElse(hash -> hashedKey(hash, at), () -> explicitKey(given, followed, at));
    }
  }

  private static boolean isPbkdf2(String followed) {
    return STATIC_PBKDF2.matcher(followed).find();
  }

  private boolean isOfKdf(String expression) {
    if (kdf != null && kdf.name() == null && DERIVE_BYTES.matcher(expression).lookingAt()) {
      return true;
    }
    return kdf != null
        && kdf.name() != null
        && expression.matches("(?is)" + Pattern.quote(kdf.name()) + "\\s*\\.\\s*GetBytes\\s*\\(.*");
  }

  private boolean simple3Des() {
    var at = found.first("(?i)\\bTruncateHash\\s*[(]");
    if (at.isEmpty()) {
      return false;
    }
    found.put("keySource", "Simple3Des", at.getAsInt(), "TruncateHash");
    found.put("passphraseEncoding", "utf-16le", at.getAsInt(), "TruncateHash");
    found.put("ivSource", "simple3des-constant", at.getAsInt(), "TruncateHash of an empty text");
    found.put("keySizeBits", 192L, at.getAsInt(), "TripleDES");
    found.secrets.add("passphrase");
    return true;
  }

  private boolean overlap() {
    var at =
        found.first(
            "(?i)\\b(?:Array\\s*\\.\\s*Copy|BlockCopy)\\s*[(][^()]*,\\s*15\\s*,\\s*16\\s*[)]");
    if (at.isEmpty() || found.find("(?i)\\bMD5").isEmpty()) {
      return false;
    }
    found.put("keySource", "MD5-overlap", at.getAsInt(), "MD5, copied to the places 0 and 15");
    found.put("keySizeBits", 256L, at.getAsInt(), "a key of 32 bytes");
    passphraseOfHash();
    return true;
  }

  private void passphraseOfHash() {
    Matcher matcher = Pattern.compile("(?i)ComputeHash\\s*[(]").matcher(found.text);
    String word = null;
    int at = -1;
    if (matcher.find()) {
      at = matcher.start();
      List<String> arguments = found.code.arguments(matcher.end() - 1);
      Matcher encoded =
          Constants.ENCODED.matcher(
              found.constants.follow(arguments.isEmpty() ? "" : arguments.getFirst()));
      word = encoded.matches() ? Constants.encoding(String.valueOf(encoded.group(1))) : null;
    }
    if (word == null) {
      found.unseen.add("passphraseEncoding: the encoding of what is hashed was not found");
    } else {
      found.put("passphraseEncoding", word, at, "Encoding of what is hashed");
    }
    found.secrets.add("passphrase");
  }

  private void derivedKey(String followed, int at) {
    OptionalInt length = lengthOfCall(followed);
    if (length.isPresent()) {
      found.put("keySizeBits", length.getAsInt() * 8L, at, "GetBytes for the key");
    } else {
      found.unseen.add(
          "getBytes: line " + found.code.line(at) + " takes the key's length from elsewhere");
    }
  }

  private OptionalInt lengthOfCall(String followed) {
    Matcher call = Pattern.compile("(?is).*\\bGetBytes\\s*[(](.*?)[)]\\s*").matcher(followed);
    if (call.matches()) {
      return found.length(String.valueOf(call.group(1)));
    }
    return kdf == null || kdf.calls().isEmpty()
        ? OptionalInt.empty()
        : kdf.calls().getFirst().length();
  }

  private void cryptDeriveKey(String followed, int at) {
    Matcher call =
        Pattern.compile("(?is).*?CryptDeriveKey\\s*\\(\\s*([^,]*),\\s*([^,]*),\\s*([^,]*),.*")
            .matcher(followed);
    found
        .fields
        .keySet()
        .removeAll(Set.of("kdfHash", "iterations", "saltHex", "saltText", "saltEncoding"));
    found.reasons.removeIf(reason ->
        Set.of("kdfHash", "iterations", "saltHex", "saltText", "saltEncoding", "keySource")
            .contains(reason.field()));
    found.unseen.removeIf(line -> line.startsWith("saltHex") || line.startsWith("iterations"));
    found.put("keySource", "CryptDeriveKey", at, "CryptDeriveKey");
    if (!call.matches()) {
      found.unseen.add(
          "cryptDeriveKey: line " + found.code.line(at) + " has other arguments than expected");
      return;
    }
    String algorithm = found.constants.text(String.valueOf(call.group(1)));
    String hash = found.constants.text(String.valueOf(call.group(2)));
    OptionalInt bits = found.constants.number(String.valueOf(call.group(3)));
    if (algorithm == null || hash == null || bits.isEmpty()) {
      found.unseen.add(
          "cryptDeriveKey: line " + found.code.line(at) + " takes its arguments from elsewhere");
      return;
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("algorithm", algorithm);
    object.put("hash", hash.toUpperCase(Locale.ROOT).replace("-", ""));
    object.put("keySizeBits", (long) bits.getAsInt());
    found.put("cryptDeriveKey", object, at, "CryptDeriveKey");
    found.put("keySizeBits", (long) bits.getAsInt(), at, "CryptDeriveKey");
  }

  private void hashedKey(Findings.HashOf hash, int at) {
    found.put("keySource", hash.word(), at, "ComputeHash");
    int bits =
        switch (hash.word()) {
          case "MD5" -> 128;
          case "SHA1" -> 160;
          case "SHA256" -> 256;
          case "SHA384" -> 384;
          default -> 512;
        };
    if (bits == 512 && !found.find("(?i)HMACSHA256").isEmpty()) {
      found.put("keySource", "SHA512-split", at, "SHA512 for two keys");
      found.put("keySizeBits", 256L, at, "the first half of it");
    } else {
      found.put("keySizeBits", (long) bits, at, "the hash's length");
    }
    found.secrets.add("passphrase");
    if (hash.encoding() != null) {
      found.put("passphraseEncoding", hash.encoding(), at, "Encoding of what is hashed");
    } else {
      found.unseen.add("passphraseEncoding: the encoding of what is hashed was not found");
    }
  }

  private void explicitKey(String given, String followed, int at) {
    Matcher left =
        Pattern.compile(
                "(?is).*(?:\\bLeft\\s*\\(.*,\\s*8\\s*\\)|\\.Substring\\s*\\(\\s*0\\s*,\\s*8\\s*\\)).*")
            .matcher(followed);
    Matcher encoded = Constants.ENCODED.matcher(followed);
    if (left.matches() && "DES".equals(found.fields.get("cipher"))) {
      found.put("keySource", "Left8", at, "the passphrase's first 8 characters");
      found.put("keySizeBits", 64L, at, "DES");
      found.secrets.add("passphrase");
      if (encoded.matches()) {
        found.putEncoding("passphraseEncoding", String.valueOf(encoded.group(1)), at);
      }
    } else if (encoded.matches() && resized()) {
      passphraseAsKey(String.valueOf(encoded.group(1)), at);
    } else if (copiedKey(given, at)) {
      return;
    } else if (encoded.matches()) {
      found.put("keySource", "explicit", at, "GetBytes of the key's text");
      found.putEncoding("keyTextEncoding", String.valueOf(encoded.group(1)), at);
      found.secrets.add("keyText");
      Constants.Bytes bytes = found.constants.bytes(followed);
      keySize(bytes, at);
    } else if (followed.matches("(?is)(?:system\\.)?convert\\.frombase64string\\s*\\(.*")) {
      found.put("keySource", "explicit", at, "FromBase64String of the key");
      found.secrets.add("keyBase64");
      keySize(found.constants.bytes(followed), at);
    } else if (found.constants.bytes(followed) != null && !found.isAlsoFilled(given)) {
      found.put("keySource", "explicit", at, "the key's bytes");
      found.secrets.add("keyHex");
      keySize(found.constants.bytes(followed), at);
    } else if (kdf == null) {
      String name = found.constants.nameOf(given);
      List<Assignment> several = name == null ? List.of() : found.constants.of(name);
      found.unseen.add(
          several.size() > 1
              ? "keySource: the lines "
                  + several.stream()
                      .map(each -> Integer.toString(found.code.line(each.offset())))
                      .collect(Collectors.joining(", "))
                  + " set different keys: the code elsewhere decides which one is used"
              : "keySource: line "
                  + found.code.line(at)
                  + " takes the key from elsewhere, and it was not found");
    }
  }

  private boolean resized() {
    return found.first("(?i)\\bArray\\s*\\.\\s*Resize\\b|\\bReDim\\s+Preserve\\b").isPresent();
  }

  /** Reads a key that is the passphrase's bytes in an array of the key's length. */
  private void passphraseAsKey(String encoding, int at) {
    found.put("keySource", "passphrase", at, "the bytes of the passphrase");
    found.putEncoding("passphraseEncoding", encoding, at);
    found.secrets.add("passphrase");
    found.unseen.add(
        "keyFit: line "
            + found.code.line(at)
            + " makes the passphrase as long as the key: zero-padded if it is shorter, cut if it is"
            + " longer");
    Matcher resize =
        Pattern.compile(
                "(?i)\\bArray\\s*\\.\\s*Resize\\s*[(]\\s*(?:ref\\s+)?\\w+\\s*,\\s*([^)]+)[)]")
            .matcher(found.text);
    if (resize.find()) {
      found
          .length(String.valueOf(resize.group(1)))
          .ifPresent(length -> found.put("keySizeBits", length * 8L, at, "the key's length"));
    }
  }

  /** Reads a hash or a passphrase that is copied into an array of the key's length. */
  private boolean copiedKey(String given, int at) {
    String name = found.constants.nameOf(given);
    Constants.Bytes array = name == null ? null : found.constants.bytes(given);
    if (name == null || array == null) {
      return false;
    }
    Matcher copy =
        Pattern.compile(
                "(?i)\\b(?:Array\\s*\\.\\s*Copy|Buffer\\s*\\.\\s*BlockCopy)\\s*[(]\\s*(\\w+)\\s*,"
                    + "(?:\\s*0\\s*,)?\\s*(?:me\\.|this\\.)?"
                    + Pattern.quote(name)
                    + "\\s*,(?:\\s*0\\s*,)?\\s*([^,\\n;]+)[)]")
            .matcher(found.text);
    if (!copy.find()) {
      return false;
    }
    String from = found.constants.follow(String.valueOf(copy.group(1)));
    OptionalInt copied = found.length(String.valueOf(copy.group(2)));
    int length = array.bytes().length;
    if (copy.find()) {
      return false;
    }
    Matcher encoded = Constants.ENCODED.matcher(from);
    if (encoded.matches()) {
      passphraseAsKey(String.valueOf(encoded.group(1)), at);
      found.put("keySizeBits", length * 8L, at, "the key's length");
      return true;
    }
    Optional<Findings.HashOf> hash = found.hashOf(from);
    if (hash.isEmpty() || (copied.isPresent() && copied.getAsInt() > length)) {
      return false;
    }
    hashedKey(hash.get(), at);
    Object bits = found.fields.get("keySizeBits");
    if (bits instanceof Long hashBits && hashBits != length * 8L) {
      found.put("keyFit", length * 8L < hashBits ? "cut" : "zero-padded", at, "a copy of the hash");
    }
    found.put("keySizeBits", length * 8L, at, "the key's length");
    return true;
  }

  private void keySize(Constants.@Nullable Bytes key, int at) {
    if (key != null && key.bytes().length > 0) {
      found.put("keySizeBits", key.bytes().length * 8L, at, "the key's length");
    }
  }

  void iv() {
    if ("ECB".equals(found.fields.get("mode"))) {
      found.put("ivSource", "none", -1, "ECB has none");
      return;
    }
    if (found.fields.containsKey("ivSource") || "GCM".equals(found.fields.get("mode"))) {
      return;
    }
    String given = ivExpression;
    if (given == null) {
      found.unseen.add("ivSource: no IV is set in this file");
      return;
    }
    String followed = found.constants.follow(given);
    int at = found.placeOf(given);
    Constants.Bytes bytes = found.constants.bytes(given);
    OptionalInt head = found.headOfValue(given);
    if (isOfKdf(followed)) {
      derivedIv(followed, at);
    } else if (readsLengthFirst(given)) {
      prepended(found.defaultBlockBits() / 8, at);
      found.put("layout", "ivlength|iv|ciphertext", at, "the IV's length stands in front of it");
    } else if (head.isPresent()) {
      prepended(head.getAsInt(), at);
    } else if (isTheKey(given, followed)) {
      // Checked before constants, because a constant IV is printed and would show the key.
      found.put("ivSource", "key", at, "the IV is the key");
    } else if (bytes != null && !found.isAlsoFilled(given)) {
      found.put("ivSource", "parameter", at, "a constant IV");
      String ofText = bytes.text();
      if (ofText != null && "us-ascii".equals(bytes.encoding())) {
        found.put("ivText", ofText, at, "the IV's text");
      } else {
        found.put("ivHex", bytes.hex(), at, "the IV's bytes");
      }
    } else {
      found
          .hashOf(followed)
          .filter(hash -> Set.of("MD5", "SHA1", "SHA256").contains(hash.word()))
          .ifPresentOrElse(
              hash ->
                  found.put(
                      "ivSource",
                      hash.word().toLowerCase(Locale.ROOT) + "-of-passphrase",
                      at,
                      "ComputeHash of the passphrase"),
              () ->
                  found.unseen.add(
                      "ivSource: line "
                          + found.code.line(at)
                          + " takes the IV from elsewhere, and it was not found"));
    }
  }

  private boolean isTheKey(String given, String followed) {
    if (keyExpression == null || !followed.equals(found.constants.follow(keyExpression))) {
      return false;
    }
    Constants.Bytes bytes = found.constants.bytes(followed);
    boolean isEmptyArray =
        bytes != null && bytes.hex().matches("0*") && !followed.matches("(?is).*getbytes.*");
    return !isEmptyArray || given.equals(keyExpression);
  }

  private boolean readsLengthFirst(String given) {
    Matcher call = Pattern.compile("(?s)(?:\\w+\\.)?(\\w+)\\s*[(].*[)]").matcher(given);
    String body = call.matches() ? found.code.bodyOf(String.valueOf(call.group(1))) : "";
    return body.matches("(?is).*\\bToInt32\\s*[(].*")
        && body.matches("(?is).*\\.\\s*Read\\s*[(].*");
  }

  private void derivedIv(String followed, int at) {
    boolean ivFirst = false;
    if (kdf != null && keyExpression != null) {
      int ofIv = indexOfCall(followed, 0);
      int ofKey = indexOfCall(found.constants.follow(keyExpression), ofIv == 0 ? 1 : 0);
      // For two calls of the same length, the one that is assigned first comes first.
      ivFirst =
          followed.equals(found.constants.follow(keyExpression))
              ? found.placeOf(String.valueOf(ivExpression)) < found.placeOf(keyExpression)
              : ofIv < ofKey;
    }
    found.put(
        "ivSource", ivFirst ? "kdf-first-bytes" : "kdf-next-bytes", at, "GetBytes for the IV");
  }

  private int indexOfCall(String followed, int otherwise) {
    if (kdf == null) {
      return otherwise;
    }
    for (int i = 0; i < kdf.calls().size(); i++) {
      if (followed.endsWith("(" + kdf.calls().get(i).expression() + ")")) {
        return i;
      }
    }
    return otherwise;
  }

  private void prepended(int length, int at) {
    found.put("ivSource", "prepended", at, "the IV stands in front of the ciphertext");
    found.put("ivLengthBytes", (long) length, at, "the IV's length");
  }

  /** Whether bytes are derived from a passphrase. */
  boolean derives() {
    return kdf != null;
  }

  void getBytes() {
    Object bits = found.fields.get("keySizeBits");
    Object block = found.fields.get("blockSizeBits");
    if (!(bits instanceof Long keyBits) || !(block instanceof Long blockBits)) {
      return;
    }
    Long key = keyBits / 8;
    Long iv = blockBits / 8;
    List<Long> calls =
        switch (String.valueOf(found.fields.get("ivSource"))) {
          case "kdf-next-bytes" -> List.of(key, iv);
          case "kdf-first-bytes" -> List.of(iv, key);
          default -> List.of(key);
        };
    found.put(
        "getBytes", calls, kdf == null ? -1 : kdf.offset(), "GetBytes, in the order of the calls");
  }
}
