package dev.keepwarm.cli.explain;

import dev.keepwarm.cli.explain.Constants.Assignment;
import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one helper. Not thread-safe. */
final class Explainer {
  private static final String DEFAULT = "not set: .NET's default";

  private static final Pattern DERIVE_BYTES =
      Pattern.compile(
          "(?i)\\bnew\\s+(?:[\\w.]*\\.)?(rfc2898derivebytes|passwordderivebytes)\\s*[(]");

  private static final Pattern STATIC_PBKDF2 =
      Pattern.compile("(?i)\\brfc2898derivebytes\\s*\\.\\s*pbkdf2\\s*[(]");

  private static final Pattern CREATE_DECRYPTOR =
      Pattern.compile("(?i)\\bCreate(?:Decryptor|Encryptor)\\s*[(]");

  private static final Pattern COMPUTE_HASH =
      Pattern.compile("(?i)([\\w.()\\s]*?)\\.\\s*(?:computehash|hashdata)\\s*[(]");

  private static final Pattern ENCODED =
      Pattern.compile(
          "(?is)(?:new\\s+)?(?:system\\.)?(?:text\\.)?(?:encoding\\.)?\\(?(?:new\\s+)?"
              + "(ascii|utf8|unicode|default)(?:encoding)?(?:\\(\\))?\\)?\\s*\\.\\s*getbytes\\s*[(](.*)[)]");

  private static final Pattern NAMED_ENCODING =
      Pattern.compile("(?is).*\\b(ASCII|UTF8|Unicode|Default)(?:Encoding)?\\b.*");

  private final HelperCode code;
  private final Constants constants;
  private final String text;
  private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
  private final List<Explanation.Reason> reasons = new ArrayList<>();
  private final Set<String> secrets = new LinkedHashSet<>();
  private final Set<String> unseen = new LinkedHashSet<>();

  /** The object that derives key or IV; null if there is none. */
  private @Nullable Kdf kdf;

  private @Nullable String keyExpression;
  private @Nullable String ivExpression;

  /**
   * An object that hands out bytes.
   *
   * @param name the variable; null if it has none
   * @param offset where it is made
   */
  private record Kdf(@Nullable String name, int offset, List<GetBytes> calls) {}

  private record GetBytes(int offset, String expression, OptionalInt length) {}

  Explainer(HelperCode code) {
    this.code = code;
    this.constants = new Constants(code);
    this.text = code.text();
  }

  Explanation explain() {
    if (!code.decrypts() && find("(?i)CreateEncryptor").isEmpty()) {
      unseen.add("nothing in this file decrypts: give the file that calls CreateDecryptor");
      return new Explanation(Map.of(), List.of(), List.of(), List.copyOf(unseen));
    }
    if (!code.decrypts()) {
      unseen.add("this file only encrypts: the decrypting function may do more");
    }
    foreign();
    notation();
    cipher();
    findKeyAndIv();
    findKdf();
    key();
    iv();
    sizes();
    layout();
    plaintext();
    checkWhole();
    return new Explanation(ordered(), reasons, List.copyOf(secrets), List.copyOf(unseen));
  }

  private void foreign() {
    find("(?i)\\bProtectedData\\b")
        .forEach(at ->
            unseen.add("line " + code.line(at) + " uses DPAPI: only that Windows can decrypt"));
    find("(?i)\\bIDataProtector\\b|\\bMachineKey\\b")
        .forEach(at ->
            unseen.add("line " + code.line(at) + " uses keys of ASP.NET: only it can decrypt"));
    find("(?i)\\bRSACryptoServiceProvider\\b|\\bRSA\\s*\\.\\s*Create\\b|\\bX509Certificate2\\b")
        .forEach(at ->
            unseen.add(
                "line " + code.line(at) + " uses RSA, which this scheme lacks: see scheme lambda"));
  }

  // Values as they are stored.

  private void notation() {
    List<Integer> base64 = find("(?i)\\bFromBase64(?:String|CharArray|Transform)\\b");
    List<Integer> dashed = find("(?i)\\.Split\\s*[(]\\s*[\"']-[\"']");
    List<Integer> hex =
        find("(?i)\\bFromHexString\\b|\\bToByte\\s*[(][^\\n]*,\\s*16\\s*[)]|HexNumber");
    if (!dashed.isEmpty() && !hex.isEmpty()) {
      put(
          "ciphertextEncoding",
          "hex-dashed",
          dashed.getFirst(),
          "Split at dashes, then hexadecimal");
    } else if (!hex.isEmpty()) {
      unseen.add(
          "ciphertextEncoding: line "
              + code.line(hex.getFirst())
              + " reads hexadecimal: hex-upper or hex-lower, as the values are");
    } else if (!base64.isEmpty()) {
      put("ciphertextEncoding", "base64", base64.getFirst(), "FromBase64String");
    }
    first("(?i)\\bReplace\\s*[(]\\s*\"\\s\"\\s*,\\s*\"\\+\"")
        .ifPresent(at -> put("preDecode", "space-to-plus", at, "Replace of blanks by +"));
  }

  // Cipher, mode, padding.

  private void cipher() {
    boolean gcm = putIfFound("cipher", "AES", "(?i)\\bAesGcm\\b", "AesGcm");
    if (gcm) {
      put("mode", "GCM", lastLine(), "AesGcm");
      put("padding", "None", lastLine(), "AesGcm");
      put("blockSizeBits", 128L, lastLine(), "AesGcm");
      return;
    }
    boolean known =
        putIfFound(
                "cipher",
                "TripleDES",
                "(?i)\\bTripleDES(?:CryptoServiceProvider|Cng)?\\b",
                "TripleDES")
            || putIfFound("cipher", "DES", "\\bDES(?:CryptoServiceProvider)?\\b", "DES")
            || putIfFound("cipher", "RC2", "\\bRC2(?:CryptoServiceProvider)?\\b", "RC2")
            || rijndael();
    if (!known) {
      unseen.add("cipher: no class of .NET's was found");
    }
    mode();
    property(
        "padding",
        "(?i)PaddingMode\\s*\\.\\s*(\\w+)",
        Map.of(
            "pkcs7", "PKCS7",
            "zeros", "Zeros",
            "ansix923", "ANSIX923",
            "iso10126", "ISO10126",
            "none", "None"),
        "PKCS7");
  }

  private boolean rijndael() {
    boolean rijndael = putIfFound("cipher", "AES", "(?i)\\bRijndael(?:Managed)?\\b", "Rijndael");
    boolean aes =
        rijndael
            || putIfFound(
                "cipher",
                "AES",
                "(?i)\\bAes(?:Managed|CryptoServiceProvider|Cng)?\\b(?!\\s*As\\b)",
                "Aes");
    if (!aes) {
      return false;
    }
    OptionalInt block = sizeProperty("BlockSize");
    if (rijndael && block.isPresent() && block.getAsInt() != 128) {
      put("cipher", "Rijndael", lastLine(), "Rijndael with a BlockSize of its own");
    }
    return true;
  }

  private void mode() {
    property(
        "mode",
        "(?i)CipherMode\\s*\\.\\s*(\\w+)",
        Map.of("cbc", "CBC", "ecb", "ECB", "cfb", "CFB"),
        "CBC");
    if ("CFB".equals(fields.get("mode"))) {
      OptionalInt feedback = sizeProperty("FeedbackSize");
      if (feedback.isPresent()) {
        put("feedbackSizeBits", (long) feedback.getAsInt(), lastLine(), "FeedbackSize");
      } else {
        unseen.add("feedbackSizeBits: not set, and .NET's default depends on the class");
      }
    }
  }

  private OptionalInt sizeProperty(String name) {
    for (Assignment assignment : constants.ofProperty(name)) {
      OptionalInt number = constants.number(assignment.expression());
      if (number.isPresent()) {
        lastFound = assignment.offset();
        return number;
      }
    }
    return OptionalInt.empty();
  }

  private void property(String field, String pattern, Map<String, String> words, String otherwise) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    Set<String> found = new LinkedHashSet<>();
    int at = -1;
    while (matcher.find()) {
      found.add(String.valueOf(matcher.group(1)).toLowerCase(Locale.ROOT));
      at = at < 0 ? matcher.start() : at;
    }
    if (found.size() > 1) {
      unseen.add(field + ": line " + code.line(at) + " and others say different things: " + found);
    } else if (found.isEmpty()) {
      fields.put(field, otherwise);
      reason(field, -1, DEFAULT);
    } else {
      String word = words.get(found.iterator().next());
      if (word == null) {
        unseen.add(field + ": line " + code.line(at) + " has one that the scheme lacks");
      } else {
        put(
            field,
            word,
            at,
            matcher.pattern().pattern().contains("Cipher") ? "CipherMode" : "PaddingMode");
      }
    }
  }

  // Key and IV.

  private void findKeyAndIv() {
    Matcher matcher = CREATE_DECRYPTOR.matcher(text);
    while (matcher.find()) {
      List<String> arguments = code.arguments(matcher.end() - 1);
      if (arguments.size() == 2) {
        keyExpression = arguments.get(0);
        ivExpression = arguments.get(1);
      }
    }
    if (keyExpression == null) {
      keyExpression = lastOf("Key");
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
        && expression.toLowerCase(Locale.ROOT).endsWith("." + property.toLowerCase(Locale.ROOT));
  }

  private @Nullable String lastOf(String property) {
    List<Assignment> all = constants.ofProperty(property);
    return all.isEmpty() ? null : all.getLast().expression();
  }

  private void findKdf() {
    Matcher matcher = DERIVE_BYTES.matcher(text);
    List<Integer> others = new ArrayList<>();
    while (matcher.find()) {
      if (kdf != null) {
        others.add(matcher.start());
        continue;
      }
      boolean rfc2898 = "rfc2898derivebytes".equalsIgnoreCase(matcher.group(1));
      kdf = new Kdf(variableOf(matcher.start()), matcher.start(), new ArrayList<>());
      derive(rfc2898, code.arguments(matcher.end() - 1), matcher.start());
    }
    Matcher pbkdf2 = STATIC_PBKDF2.matcher(text);
    if (kdf == null && pbkdf2.find()) {
      List<String> arguments = code.arguments(pbkdf2.end() - 1);
      kdf = new Kdf(null, pbkdf2.start(), new ArrayList<>());
      derive(true, arguments, pbkdf2.start());
      if (arguments.size() == 5) {
        GetBytes call =
            new GetBytes(pbkdf2.start(), arguments.get(4), constants.number(arguments.get(4)));
        kdf.calls().add(call);
      }
    }
    if (!others.isEmpty()) {
      unseen.add(
          "keySource: line "
              + code.line(others.getFirst())
              + " derives bytes as well: only line "
              + code.line(kdf == null ? 0 : kdf.offset())
              + " was read");
    }
    findCalls();
  }

  private void findCalls() {
    if (kdf == null || kdf.name() == null) {
      return;
    }
    Matcher call =
        Pattern.compile("(?i)\\b" + Pattern.quote(kdf.name()) + "\\s*\\.\\s*GetBytes\\s*[(]")
            .matcher(text);
    while (call.find()) {
      List<String> arguments = code.arguments(call.end() - 1);
      if (arguments.size() == 1) {
        kdf.calls()
            .add(new GetBytes(call.start(), arguments.getFirst(), length(arguments.getFirst())));
      }
    }
  }

  /** {@code 32}, {@code keySize / 8}, {@code alg.BlockSize / 8}. */
  private OptionalInt length(String expression) {
    OptionalInt number = constants.number(expression);
    if (number.isPresent()) {
      return number;
    }
    Matcher size =
        Pattern.compile("(?i).*\\b(KeySize|BlockSize)\\s*(?:[/\\\\]\\s*8|>>\\s*3)\\s*")
            .matcher(expression);
    if (!size.matches()) {
      return OptionalInt.empty();
    }
    boolean isKey = "keysize".equalsIgnoreCase(size.group(1));
    OptionalInt bits = sizeProperty(isKey ? "KeySize" : "BlockSize");
    return OptionalInt.of(bits.orElse(isKey ? defaultKeyBits() : defaultBlockBits()) / 8);
  }

  private int defaultKeyBits() {
    return switch (String.valueOf(fields.get("cipher"))) {
      case "TripleDES" -> 192;
      case "DES" -> 64;
      case "RC2" -> 128;
      default -> 256;
    };
  }

  private int defaultBlockBits() {
    return switch (String.valueOf(fields.get("cipher"))) {
      case "TripleDES", "DES", "RC2" -> 64;
      default -> 128;
    };
  }

  private @Nullable String variableOf(int offset) {
    String before = text.substring(Math.max(0, offset - 200), offset);
    Matcher assigned =
        Pattern.compile("(?is).*?\\b(\\w+)\\s*(?:\\bAs\\s+[\\w.]+\\s*)?(?:=|\\bAs)\\s*$")
            .matcher(before);
    return assigned.matches() ? assigned.group(1) : null;
  }

  private void derive(boolean rfc2898, List<String> arguments, int at) {
    String name = rfc2898 ? "Rfc2898DeriveBytes" : "PasswordDeriveBytes";
    put("keySource", name, at, name);
    put("passphraseEncoding", "utf-8", at, name + " takes a text as UTF-8");
    if (!arguments.isEmpty()) {
      password(arguments.getFirst(), at);
    }
    if (arguments.size() > 1) {
      salt(arguments.get(1), at);
    }
    String hash = null;
    OptionalInt iterations = OptionalInt.empty();
    boolean isGiven = false;
    for (String argument : arguments.subList(Math.min(2, arguments.size()), arguments.size())) {
      String word = hashWord(argument);
      if (word != null) {
        hash = word;
      } else if (!isGiven && !argument.toLowerCase(Locale.ROOT).contains("csp")) {
        isGiven = true;
        iterations = constants.number(argument);
      }
    }
    OptionalInt set = sizeProperty("IterationCount");
    if (set.isPresent()) {
      isGiven = true;
      iterations = set;
    }
    put(
        "kdfHash",
        hash == null ? "SHA1" : hash,
        hash == null ? -1 : at,
        hash == null ? DEFAULT : name);
    if (iterations.isPresent()) {
      put("iterations", (long) iterations.getAsInt(), at, name);
    } else if (isGiven) {
      unseen.add("iterations: line " + code.line(at) + " takes them from elsewhere");
    } else {
      put("iterations", rfc2898 ? 1000L : 100L, -1, DEFAULT);
    }
  }

  /** What a key is derived from, if that is not simply the passphrase. */
  private void password(String argument, int at) {
    String followed = constants.follow(argument);
    Matcher encoded = ENCODED.matcher(followed);
    if (encoded.matches()) {
      String word = Constants.encoding(String.valueOf(encoded.group(1)));
      if (word == null) {
        unseen.add("passphraseEncoding: line " + code.line(at) + " has one that the scheme lacks");
      } else {
        put("passphraseEncoding", word, at, "Encoding of the passphrase");
      }
    } else {
      hashOf(followed)
          .ifPresent(hash -> {
            put("passphraseHash", hash.word(), at, "ComputeHash of the passphrase");
            if (hash.encoding() != null) {
              put("passphraseEncoding", hash.encoding(), at, "Encoding of the passphrase");
            }
          });
    }
    secrets.add("passphrase");
  }

  private void salt(String argument, int at) {
    String followed = constants.follow(argument);
    if (Constants.isNothing(followed)) {
      fields.put("saltHex", null);
      reason("saltHex", at, "no salt");
      return;
    }
    Constants.Bytes bytes = constants.bytes(argument);
    String ofText = bytes == null ? null : bytes.text();
    String encoding = bytes == null ? null : bytes.encoding();
    if (bytes == null) {
      saltFromElsewhere(argument, followed, at);
    } else if (ofText != null && encoding != null) {
      put("saltText", ofText, at, "the salt's text");
      put("saltEncoding", encoding, at, "Encoding of the salt");
    } else {
      put("saltHex", bytes.hex(), at, "the salt's bytes");
    }
  }

  private void saltFromElsewhere(String argument, String followed, int at) {
    if (followed.matches("(?is).*getbytes\\s*\\(.*\\.length(?:\\.tostring\\(\\))?\\s*\\).*")) {
      put("saltSource", "passphrase-length", at, "the passphrase's length as a salt");
      return;
    }
    OptionalInt head = headOfValue(argument);
    if (head.isPresent()) {
      put("saltLengthBytes", (long) head.getAsInt(), at, "the salt stands in front of the value");
    } else {
      unseen.add("saltHex: line " + code.line(at) + " takes the salt from elsewhere");
    }
  }

  private record HashOf(String word, @Nullable String encoding, String argument) {}

  /** {@code md5.ComputeHash(Encoding.UTF8.GetBytes(pass))}. */
  private Optional<HashOf> hashOf(String expression) {
    Matcher matcher = COMPUTE_HASH.matcher(expression);
    if (!matcher.lookingAt()) {
      return Optional.empty();
    }
    String receiver = String.valueOf(matcher.group(1)).strip();
    String word = hashWord(receiver);
    if (word == null) {
      word = hashWord(constants.follow(receiver));
    }
    if (word == null) {
      return Optional.empty();
    }
    String argument =
        expression.substring(
            matcher.end(),
            HelperCode.closing(expression, matcher.end() - 1, code.isVisualBasic()) - 1);
    Matcher encoded = ENCODED.matcher(constants.follow(argument));
    return Optional.of(
        new HashOf(
            word,
            encoded.matches() ? Constants.encoding(String.valueOf(encoded.group(1))) : null,
            argument));
  }

  private static @Nullable String hashWord(String expression) {
    Matcher matcher =
        Pattern.compile(
                "(?i).*?\\b(MD5|SHA1|SHA256|SHA384|SHA512)(?:Managed|CryptoServiceProvider|Cng)?\\b.*",
                Pattern.DOTALL)
            .matcher(expression);
    return matcher.matches() ? String.valueOf(matcher.group(1)).toUpperCase(Locale.ROOT) : null;
  }

  private void key() {
    String given = keyExpression;
    if (simple3Des()) {
      return;
    }
    if (given == null) {
      if (kdf == null) {
        unseen.add("keySource: no key is set in this file");
      }
      return;
    }
    String followed = constants.follow(given);
    int at = placeOf(given);
    if (followed.matches("(?is).*\\bCryptDeriveKey\\s*\\(.*")) {
      cryptDeriveKey(followed, at);
    } else if (followed.matches("(?is).*\\bGetBytes\\s*\\(.*")
        && kdf != null
        && isOfKdf(followed)) {
      derivedKey(followed, at);
    } else if (kdf != null && fields.containsKey("keySource") && isPbkdf2(followed)) {
      derivedKey(followed, at);
    } else if (overlap()) {
      return;
    } else {
      hashOf(followed)
          .ifPresentOrElse(hash -> hashedKey(hash, at), () -> explicitKey(given, followed, at));
    }
  }

  private static boolean isPbkdf2(String followed) {
    return STATIC_PBKDF2.matcher(followed).find();
  }

  private boolean isOfKdf(String expression) {
    return kdf != null
        && kdf.name() != null
        && expression.matches("(?is)" + Pattern.quote(kdf.name()) + "\\s*\\.\\s*GetBytes\\s*\\(.*");
  }

  private boolean simple3Des() {
    var at = first("(?i)\\bTruncateHash\\s*[(]");
    if (at.isEmpty()) {
      return false;
    }
    put("keySource", "Simple3Des", at.getAsInt(), "TruncateHash");
    put("passphraseEncoding", "utf-16le", at.getAsInt(), "TruncateHash");
    put("ivSource", "simple3des-constant", at.getAsInt(), "TruncateHash of an empty text");
    put("keySizeBits", 192L, at.getAsInt(), "TripleDES");
    secrets.add("passphrase");
    return true;
  }

  private boolean overlap() {
    var at =
        first("(?i)\\b(?:Array\\s*\\.\\s*Copy|BlockCopy)\\s*[(][^()]*,\\s*15\\s*,\\s*16\\s*[)]");
    if (at.isEmpty() || find("(?i)\\bMD5").isEmpty()) {
      return false;
    }
    put("keySource", "MD5-overlap", at.getAsInt(), "MD5, copied to the places 0 and 15");
    put("keySizeBits", 256L, at.getAsInt(), "a key of 32 bytes");
    passphraseOfHash();
    return true;
  }

  private void passphraseOfHash() {
    Matcher matcher = Pattern.compile("(?i)ComputeHash\\s*[(]").matcher(text);
    String word = null;
    int at = -1;
    if (matcher.find()) {
      at = matcher.start();
      List<String> arguments = code.arguments(matcher.end() - 1);
      Matcher encoded =
          ENCODED.matcher(constants.follow(arguments.isEmpty() ? "" : arguments.getFirst()));
      word = encoded.matches() ? Constants.encoding(String.valueOf(encoded.group(1))) : null;
    }
    if (word == null) {
      unseen.add("passphraseEncoding: the encoding of what is hashed was not found");
    } else {
      put("passphraseEncoding", word, at, "Encoding of what is hashed");
    }
    secrets.add("passphrase");
  }

  private void derivedKey(String followed, int at) {
    OptionalInt length = lengthOfCall(followed);
    if (length.isPresent()) {
      put("keySizeBits", length.getAsInt() * 8L, at, "GetBytes for the key");
    } else {
      unseen.add("getBytes: line " + code.line(at) + " takes the key's length from elsewhere");
    }
  }

  private OptionalInt lengthOfCall(String followed) {
    Matcher call = Pattern.compile("(?is).*?GetBytes\\s*[(](.*)[)]\\s*").matcher(followed);
    if (call.matches()) {
      return length(String.valueOf(call.group(1)));
    }
    return kdf == null || kdf.calls().isEmpty()
        ? OptionalInt.empty()
        : kdf.calls().getFirst().length();
  }

  private void cryptDeriveKey(String followed, int at) {
    Matcher call =
        Pattern.compile("(?is).*?CryptDeriveKey\\s*\\(\\s*([^,]*),\\s*([^,]*),\\s*([^,]*),.*")
            .matcher(followed);
    fields
        .keySet()
        .removeAll(Set.of("kdfHash", "iterations", "saltHex", "saltText", "saltEncoding"));
    reasons.removeIf(reason ->
        Set.of("kdfHash", "iterations", "saltHex", "saltText", "saltEncoding", "keySource")
            .contains(reason.field()));
    unseen.removeIf(line -> line.startsWith("saltHex") || line.startsWith("iterations"));
    put("keySource", "CryptDeriveKey", at, "CryptDeriveKey");
    if (!call.matches()) {
      unseen.add("cryptDeriveKey: line " + code.line(at) + " has other arguments than expected");
      return;
    }
    String algorithm = constants.text(String.valueOf(call.group(1)));
    String hash = constants.text(String.valueOf(call.group(2)));
    OptionalInt bits = constants.number(String.valueOf(call.group(3)));
    if (algorithm == null || hash == null || bits.isEmpty()) {
      unseen.add("cryptDeriveKey: line " + code.line(at) + " takes its arguments from elsewhere");
      return;
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("algorithm", algorithm);
    object.put("hash", hash.toUpperCase(Locale.ROOT).replace("-", ""));
    object.put("keySizeBits", (long) bits.getAsInt());
    put("cryptDeriveKey", object, at, "CryptDeriveKey");
    put("keySizeBits", (long) bits.getAsInt(), at, "CryptDeriveKey");
  }

  private void hashedKey(HashOf hash, int at) {
    put("keySource", hash.word(), at, "ComputeHash");
    int bits =
        switch (hash.word()) {
          case "MD5" -> 128;
          case "SHA1" -> 160;
          case "SHA256" -> 256;
          case "SHA384" -> 384;
          default -> 512;
        };
    if (bits == 512 && !find("(?i)HMACSHA256").isEmpty()) {
      put("keySource", "SHA512-split", at, "SHA512 for two keys");
      put("keySizeBits", 256L, at, "the first half of it");
    } else {
      put("keySizeBits", (long) bits, at, "the hash's length");
    }
    secrets.add("passphrase");
    if (hash.encoding() != null) {
      put("passphraseEncoding", hash.encoding(), at, "Encoding of what is hashed");
    } else {
      unseen.add("passphraseEncoding: the encoding of what is hashed was not found");
    }
  }

  private void explicitKey(String given, String followed, int at) {
    Matcher left =
        Pattern.compile(
                "(?is).*(?:\\bLeft\\s*\\(.*,\\s*8\\s*\\)|\\.Substring\\s*\\(\\s*0\\s*,\\s*8\\s*\\)).*")
            .matcher(followed);
    Matcher encoded = ENCODED.matcher(followed);
    if (left.matches() && "DES".equals(fields.get("cipher"))) {
      put("keySource", "Left8", at, "the passphrase's first 8 characters");
      put("keySizeBits", 64L, at, "DES");
      secrets.add("passphrase");
      if (encoded.matches()) {
        putEncoding("passphraseEncoding", String.valueOf(encoded.group(1)), at);
      }
    } else if (encoded.matches()) {
      put("keySource", "explicit", at, "GetBytes of the key's text");
      putEncoding("keyTextEncoding", String.valueOf(encoded.group(1)), at);
      secrets.add("keyText");
      Constants.Bytes bytes = constants.bytes(followed);
      keySize(bytes, at);
    } else if (followed.matches("(?is)(?:system\\.)?convert\\.frombase64string\\s*\\(.*")) {
      put("keySource", "explicit", at, "FromBase64String of the key");
      secrets.add("keyBase64");
      keySize(constants.bytes(followed), at);
    } else if (constants.bytes(followed) != null) {
      put("keySource", "explicit", at, "the key's bytes");
      secrets.add("keyHex");
      keySize(constants.bytes(followed), at);
    } else if (kdf == null) {
      unseen.add(
          "keySource: line "
              + code.line(at)
              + " takes the key from elsewhere, and it was not found");
    }
  }

  private void putEncoding(String field, String name, int at) {
    String word = Constants.encoding(name);
    if (word == null) {
      unseen.add(
          field
              + ": line "
              + code.line(at)
              + " uses the server's own encoding, often windows-1252");
    } else {
      put(field, word, at, "Encoding");
    }
  }

  private void keySize(Constants.@Nullable Bytes key, int at) {
    if (key != null && key.bytes().length > 0) {
      put("keySizeBits", key.bytes().length * 8L, at, "the key's length");
    }
  }

  private void iv() {
    if ("ECB".equals(fields.get("mode"))) {
      put("ivSource", "none", -1, "ECB has none");
      return;
    }
    if (fields.containsKey("ivSource") || "GCM".equals(fields.get("mode"))) {
      return;
    }
    String given = ivExpression;
    if (given == null) {
      unseen.add("ivSource: no IV is set in this file");
      return;
    }
    String followed = constants.follow(given);
    int at = placeOf(given);
    Constants.Bytes bytes = constants.bytes(given);
    OptionalInt head = headOfValue(given);
    if (isOfKdf(followed)) {
      derivedIv(followed, at);
    } else if (head.isPresent()) {
      prepended(head.getAsInt(), at);
    } else if (bytes != null && !isAlsoFilled(given)) {
      put("ivSource", "parameter", at, "a constant IV");
      String ofText = bytes.text();
      if (ofText != null && "us-ascii".equals(bytes.encoding())) {
        put("ivText", ofText, at, "the IV's text");
      } else {
        put("ivHex", bytes.hex(), at, "the IV's bytes");
      }
    } else if (keyExpression != null && followed.equals(constants.follow(keyExpression))) {
      put("ivSource", "key", at, "the IV is the key");
    } else {
      hashOf(followed)
          .filter(hash -> Set.of("MD5", "SHA1", "SHA256").contains(hash.word()))
          .ifPresentOrElse(
              hash ->
                  put(
                      "ivSource",
                      hash.word().toLowerCase(Locale.ROOT) + "-of-passphrase",
                      at,
                      "ComputeHash of the passphrase"),
              () ->
                  unseen.add(
                      "ivSource: line "
                          + code.line(at)
                          + " takes the IV from elsewhere, and it was not found"));
    }
  }

  private void derivedIv(String followed, int at) {
    boolean ivFirst = false;
    if (kdf != null && keyExpression != null) {
      int ofIv = indexOfCall(followed, 0);
      int ofKey = indexOfCall(constants.follow(keyExpression), ofIv == 0 ? 1 : 0);
      // Two calls of the same length: the one that is assigned first comes first.
      ivFirst =
          followed.equals(constants.follow(keyExpression))
              ? placeOf(String.valueOf(ivExpression)) < placeOf(keyExpression)
              : ofIv < ofKey;
    }
    put("ivSource", ivFirst ? "kdf-first-bytes" : "kdf-next-bytes", at, "GetBytes for the IV");
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
    put("ivSource", "prepended", at, "the IV stands in front of the ciphertext");
    put("ivLengthBytes", (long) length, at, "the IV's length");
  }

  /**
   * How many bytes in front of the value, or behind what stands there, are copied to a name; empty
   * if none are.
   */
  private OptionalInt headOfValue(String expression) {
    String name = constants.nameOf(expression);
    String followed = constants.follow(expression);
    Matcher take =
        Pattern.compile("(?is).*\\.\\s*Take\\s*[(](.*?)[)]\\s*\\.\\s*ToArray\\s*[(]\\s*[)]\\s*")
            .matcher(followed);
    if (take.matches()
        && !isOfKdf(followed)
        && !followed.toLowerCase(Locale.ROOT).contains("hash")) {
      return length(String.valueOf(take.group(1)));
    }
    if (name == null) {
      return OptionalInt.empty();
    }
    Matcher copy =
        Pattern.compile(
                "(?is)\\b(?:Array\\s*\\.\\s*Copy|Buffer\\s*\\.\\s*BlockCopy)\\s*[(]\\s*(\\w+)\\s*,\\s*([^,()]+),\\s*"
                    + Pattern.quote(name)
                    + "\\s*,\\s*0\\s*,\\s*([^,]+?)\\s*[)]\\s*[;\\n\\f]")
            .matcher(text);
    if (copy.find()) {
      OptionalInt length = lengthOf(name, String.valueOf(copy.group(3)));
      return length;
    }
    Matcher read =
        Pattern.compile(
                "(?is)\\.\\s*Read\\s*[(]\\s*"
                    + Pattern.quote(name)
                    + "\\s*,\\s*0\\s*,\\s*([^,]+?)\\s*[)]\\s*[;\\n\\f]")
            .matcher(text);
    if (read.find()) {
      return lengthOf(name, String.valueOf(read.group(1)));
    }
    return OptionalInt.empty();
  }

  private OptionalInt lengthOf(String name, String expression) {
    if (expression.matches("(?i)" + Pattern.quote(name) + "\\s*\\.\\s*Length")) {
      Constants.Bytes empty = constants.bytes(name);
      return empty == null ? OptionalInt.empty() : OptionalInt.of(empty.bytes().length);
    }
    return length(expression);
  }

  /** An empty array that something is copied to later is no constant. */
  private boolean isAlsoFilled(String expression) {
    String name = constants.nameOf(expression);
    return name != null
        && Pattern.compile(
                "(?is)\\b(?:Copy|BlockCopy|Read|GetBytes|NextBytes|CopyTo)\\s*[(][^;\\n]*\\b"
                    + Pattern.quote(name)
                    + "\\b")
            .matcher(text)
            .find();
  }

  // What is left.

  private void sizes() {
    OptionalInt key = sizeProperty("KeySize");
    if (!fields.containsKey("keySizeBits") && key.isPresent()) {
      put("keySizeBits", (long) key.getAsInt(), lastLine(), "KeySize");
    }
    if (!fields.containsKey("blockSizeBits")) {
      OptionalInt block = sizeProperty("BlockSize");
      put(
          "blockSizeBits",
          (long) block.orElse(defaultBlockBits()),
          block.isPresent() ? lastLine() : -1,
          block.isPresent() ? "BlockSize" : DEFAULT);
    }
    if (kdf != null && !"CryptDeriveKey".equals(fields.get("keySource"))) {
      getBytes();
    }
  }

  private void getBytes() {
    Object bits = fields.get("keySizeBits");
    Object block = fields.get("blockSizeBits");
    if (!(bits instanceof Long keyBits) || !(block instanceof Long blockBits)) {
      return;
    }
    Long key = keyBits / 8;
    Long iv = blockBits / 8;
    List<Long> calls =
        switch (String.valueOf(fields.get("ivSource"))) {
          case "kdf-next-bytes" -> List.of(key, iv);
          case "kdf-first-bytes" -> List.of(iv, key);
          default -> List.of(key);
        };
    put("getBytes", calls, kdf == null ? -1 : kdf.offset(), "GetBytes, in the order of the calls");
  }

  private void layout() {
    boolean salt = fields.containsKey("saltLengthBytes");
    boolean iv = "prepended".equals(fields.get("ivSource"));
    if (!find("(?i)\\bHMAC(?:SHA\\d+|MD5)\\b").isEmpty() || "GCM".equals(fields.get("mode"))) {
      unseen.add(
          "layout: the value has a MAC or a tag: read off the code in which order its parts stand");
    } else {
      String layout =
          salt && iv
              ? "salt|iv|ciphertext"
              : salt ? "salt|ciphertext" : iv ? "iv|ciphertext" : "ciphertext";
      fields.put("layout", layout);
      reason("layout", -1, "what is cut off the value in front");
    }
  }

  private void plaintext() {
    Matcher decoded =
        Pattern.compile(
                "(?i)\\b(ASCII|UTF8|Unicode|Default)(?:Encoding)?(?:\\(\\))?\\)?\\s*\\.\\s*GetString\\s*[(]")
            .matcher(text);
    Set<String> words = new LinkedHashSet<>();
    int at = -1;
    while (decoded.find()) {
      at = decoded.start();
      words.add(String.valueOf(decoded.group(1)));
    }
    if (words.isEmpty()) {
      Matcher variable = Pattern.compile("(?i)\\b(\\w+)\\s*\\.\\s*GetString\\s*[(]").matcher(text);
      while (variable.find()) {
        at = variable.start();
        encodingOf(constants.follow(String.valueOf(variable.group(1)))).ifPresent(words::add);
      }
    }
    Matcher reader = Pattern.compile("(?i)\\bNew\\s+StreamReader\\s*[(]").matcher(text);
    if (words.size() == 1) {
      putEncoding("plaintextEncoding", words.iterator().next(), at);
    } else if (words.size() > 1) {
      unseen.add("plaintextEncoding: the file decodes in several ways");
    } else if (reader.find()) {
      streamReader(code.arguments(reader.end() - 1), reader.start());
    } else {
      unseen.add("plaintextEncoding: no GetString and no StreamReader was found");
    }
    first("(?i)\\bTrimEnd\\s*[(][^()\\n]*(?:NullChar|vbNullChar|'\\\\0'|Chr\\s*[(]\\s*0)")
        .ifPresent(
            place -> put("postDecode", "trim-trailing-nul", place, "TrimEnd of zero characters"));
  }

  private void streamReader(List<String> arguments, int at) {
    encodingOf(arguments.size() > 1 ? constants.follow(arguments.get(1)) : "")
        .ifPresentOrElse(
            encoding -> putEncoding("plaintextEncoding", encoding, at),
            () -> put("plaintextEncoding", "utf-8", at, "StreamReader"));
  }

  private static Optional<String> encodingOf(String expression) {
    Matcher named = NAMED_ENCODING.matcher(expression);
    return named.matches() ? Optional.of(String.valueOf(named.group(1))) : Optional.empty();
  }

  /** Lets the scheme itself say what is still missing, or does not fit. */
  private void checkWhole() {
    if (!unseen.isEmpty()) {
      return;
    }
    try {
      DotNetParameters unused = DotNetParameters.parse(ordered());
    } catch (DotNetParametersException e) {
      unseen.add(String.valueOf(e.getMessage()));
    }
  }

  // Places.

  private int lastFound = -1;

  private int lastLine() {
    return lastFound;
  }

  private int placeOf(String expression) {
    int at = text.lastIndexOf(expression);
    return Math.max(at, 0);
  }

  private boolean putIfFound(String field, Object value, String pattern, String why) {
    OptionalInt at = first(pattern);
    at.ifPresent(place -> {
      lastFound = place;
      put(field, value, place, why);
    });
    return at.isPresent();
  }

  private OptionalInt first(String pattern) {
    List<Integer> all = find(pattern);
    return all.isEmpty() ? OptionalInt.empty() : OptionalInt.of(all.getFirst());
  }

  private List<Integer> find(String pattern) {
    List<Integer> all = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      all.add(matcher.start());
    }
    return all;
  }

  private void put(String field, Object value, int at, String why) {
    fields.put(field, value);
    reason(field, at, why);
  }

  private void reason(String field, int at, String why) {
    reasons.removeIf(reason -> reason.field().equals(field));
    reasons.add(new Explanation.Reason(field, at < 0 ? 0 : code.line(at), why));
  }

  private static final List<String> ORDER =
      List.of(
          "preDecode",
          "ciphertextEncoding",
          "cipher",
          "mode",
          "feedbackSizeBits",
          "padding",
          "keySizeBits",
          "blockSizeBits",
          "keySource",
          "keyTextEncoding",
          "passphraseEncoding",
          "passphraseHash",
          "kdfHash",
          "iterations",
          "saltHex",
          "saltText",
          "saltEncoding",
          "saltSource",
          "saltLengthBytes",
          "getBytes",
          "cryptDeriveKey",
          "ivSource",
          "ivHex",
          "ivText",
          "ivLengthBytes",
          "layout",
          "plaintextEncoding",
          "postDecode");

  private Map<String, @Nullable Object> ordered() {
    Map<String, @Nullable Object> ordered = new LinkedHashMap<>();
    for (String field : ORDER) {
      if (fields.containsKey(field)) {
        ordered.put(field, fields.get(field));
      }
    }
    return ordered;
  }
}
