package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the number of iterations of {@code PasswordDeriveBytes} if its salt is known. People chose
 * arbitrary numbers, and a thousand of them take a second to try.
 */
final class IterationScan {

  private static final int MAX_ITERATIONS = 1000;

  /** The bytes of the longest key; shorter keys are its first bytes. */
  private static final int KEY_BYTES = 32;

  /** How many combinations of hash, number and cipher a scan tries. */
  static final int TRIED = MAX_ITERATIONS * 5 * 6;

  private IterationScan() {}

  /** The candidates under whose key every value ends in a valid padding. */
  static List<Candidates.Candidate> candidates(Question question) {
    Map<String, Object> given = question.given();
    DotNetSecret secret = question.secret();
    List<String> values = question.values();
    if (secret.passphrase().isEmpty()
        || given.containsKey("iterations")
        || !Candidates.isSaltIn(given)) {
      return List.of();
    }
    List<Candidates.Candidate> candidates = new ArrayList<>();
    for (Hash hash : Hash.values()) {
      List<Candidates.Candidate> samples = samples(given, hash);
      if (!samples.isEmpty()) {
        scan(samples, secret.passphrase().get(), values, candidates);
      }
    }
    return candidates;
  }

  /** One scheme for each cipher, all with the same password and salt. */
  private static List<Candidates.Candidate> samples(Map<String, Object> given, Hash hash) {
    List<Candidates.Candidate> samples = new ArrayList<>();
    FurtherSchemes.all()
        .forEach((name, scheme) -> {
          if (name.endsWith("-passwordderivebytes-fixed-iv")) {
            Map<String, Object> fields = new LinkedHashMap<>(scheme.toMap());
            fields.remove("saltHex");
            fields.put("kdfHash", hash.word());
            fields.putAll(given);
            try {
              samples.add(new Candidates.Candidate(name, DotNetParameters.parse(fields), 2));
            } catch (DotNetParametersException e) {
              // The given fields do not fit this cipher or hash.
            }
          }
        });
    return samples;
  }

  private static void scan(
      List<Candidates.Candidate> samples,
      String passphrase,
      List<String> values,
      List<Candidates.Candidate> to) {
    KeySource.Derived derived =
        (KeySource.Derived) samples.getFirst().parameters().scheme().keySource();
    byte[] password = derived.password().bytesOf(passphrase);
    byte[] salt = derived.saltFor(passphrase, new byte[0]);
    for (int iterations = 1; iterations <= MAX_ITERATIONS; iterations++) {
      Optional<byte[]> stream =
          new PasswordDeriveBytes(derived.hash(), password, salt, iterations).getBytes(KEY_BYTES);
      for (Candidates.Candidate sample : samples) {
        Scheme scheme = sample.parameters().scheme();
        byte[] key = Arrays.copyOf(stream.orElseThrow(), scheme.cipher().keyBytes());
        if (values.stream().allMatch(value -> endsInPadding(scheme, key, value))) {
          Map<String, Object> fields = new LinkedHashMap<>(sample.fields());
          fields.put("iterations", iterations);
          to.add(
              new Candidates.Candidate(
                  sample.scheme(), DotNetParameters.parse(fields), sample.changes()));
        }
        Arrays.fill(key, (byte) 0);
      }
      stream.ifPresent(bytes -> Arrays.fill(bytes, (byte) 0));
    }
  }

  /** Whether a value ends in valid padding. Its last block does not depend on the IV. */
  private static boolean endsInPadding(Scheme scheme, byte[] key, String value) {
    int block = scheme.cipher().blockBytes();
    String text =
        value.startsWith(scheme.valuePrefix()) && value.endsWith(scheme.valueSuffix())
            ? value.substring(
                scheme.valuePrefix().length(), value.length() - scheme.valueSuffix().length())
            : "";
    byte[] bytes =
        scheme
            .notation()
            .decode(scheme.spaceToPlus() ? text.replace(' ', '+') : text)
            .orElse(new byte[0]);
    if (bytes.length < 2 * block || bytes.length % block != 0) {
      return false;
    }
    byte[] last = Arrays.copyOfRange(bytes, bytes.length - block, bytes.length);
    byte[] before = Arrays.copyOfRange(bytes, bytes.length - 2 * block, bytes.length - block);
    byte[] plain = scheme.cipher().decrypt(key, before, last);
    boolean isPadded = Padding.PKCS7.lengthWithout(plain, block).isPresent();
    Arrays.fill(plain, (byte) 0);
    return isPadded;
  }
}
