package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the decoder over folders of vectors: the built-in ones, or that of {@code -Dvectors.dir}.
 */
class DotNetVectorsTest {

  private static final HexFormat HEX = HexFormat.of();

  @ParameterizedTest
  @MethodSource("folders")
  void everyVectorOfTheFolderIsMet(Path folder) throws IOException {
    assertThat(folder).as("folder of vectors").isDirectory();
    List<Vector> vectors = Vectors.in(folder);
    assertThat(vectors).as("vectors in " + folder).isNotEmpty();

    Map<String, String> failures = new TreeMap<>();
    for (Vector vector : vectors) {
      failureOf(vector).ifPresent(failure -> failures.put(vector.id(), failure));
    }

    System.out.printf(
        "%s: %d vectors (%s), %d failed%n",
        folder, vectors.size(), countsByKind(vectors), failures.size());
    failures.forEach((id, failure) -> System.out.println("FAILED " + id + ": " + failure));
    assertThat(failures).as("failing vectors").isEmpty();
  }

  static List<Path> folders() {
    return Vectors.folders();
  }

  @Test
  void theBuiltInFoldersAreWhole() throws IOException {
    List<Vector> vectors = Vectors.in(Vectors.builtInFolder());
    List<Vector> more = Vectors.in(Vectors.folderOfMore());

    assertThat(vectors.stream().filter(Vector::isNegative)).hasSize(895);
    assertThat(vectors.stream().filter(vector -> !vector.isNegative())).hasSize(1110);
    assertThat(more.stream().filter(Vector::isNegative)).hasSize(824);
    assertThat(more.stream().filter(vector -> !vector.isNegative())).hasSize(1370);
  }

  /** The code of a refusal tells the operator the actual cause. */
  @Test
  void refusalsNameWhatGivesTheFaultAway() throws IOException {
    assumeTrue(Vectors.isBuiltIn());
    List<Vector> negatives =
        Stream.concat(
                Vectors.in(Vectors.builtInFolder()).stream(),
                Vectors.in(Vectors.folderOfMore()).stream())
            .filter(vector -> vector.isNegative() && vector.expectsError())
            .toList();

    assertThat(negatives)
        .hasSizeGreaterThan(700)
        .allSatisfy(vector ->
            assertThat(vector.decoder().decode(vector.text("ciphertext")))
                .as(vector.id())
                .isInstanceOfSatisfying(
                    DotNetOutcome.Refused.class,
                    refused ->
                        assertThat(refused.reason())
                            .isIn(reasonsFor(vector.text("detectableBy")))));
  }

  private static List<DotNetRefusal> reasonsFor(String detectableBy) {
    return switch (detectableBy) {
      case "text-format" ->
          List.of(DotNetRefusal.NOT_BASE64, DotNetRefusal.NOT_HEX, DotNetRefusal.NO_VALUE);
      case "length" -> List.of(DotNetRefusal.BAD_LENGTH);
      case "padding" -> List.of(DotNetRefusal.BAD_PADDING);
      case "mac" -> List.of(DotNetRefusal.BAD_MAC);
      case "strict-decoding" -> List.of(DotNetRefusal.BAD_TEXT);
      case "prefix" -> List.of(DotNetRefusal.NO_PREFIX);
      case "header" -> List.of(DotNetRefusal.BAD_HEADER);
      default -> List.of();
    };
  }

  private static Map<String, Long> countsByKind(List<Vector> vectors) {
    return vectors.stream()
        .collect(
            Collectors.groupingBy(
                vector -> String.valueOf(vector.fields().get("kind")),
                TreeMap::new,
                Collectors.counting()));
  }

  private static Optional<String> failureOf(Vector vector) {
    try {
      return switch (vector.kind()) {
        case "positive" -> failureOfPositive(vector);
        case "negative" -> failureOfNegative(vector);
        case "kdf" -> failureOfKdf(vector);
        default -> Optional.of("has a kind that this test does not know");
      };
    } catch (RuntimeException e) {
      return Optional.of(e.toString());
    }
  }

  private static Optional<String> failureOfPositive(Vector vector) {
    return switch (vector.decoder().decode(vector.text("ciphertext"))) {
      case DotNetOutcome.Refused refused -> Optional.of("was refused as " + refused.reason());
      case DotNetOutcome.Decoded decoded ->
          unless(decoded.text().equals(vector.text("plaintext")), "decoded to another text");
    };
  }

  private static Optional<String> failureOfNegative(Vector vector) {
    DotNetOutcome outcome;
    try {
      outcome = vector.decoder().decode(vector.text("ciphertext"));
    } catch (DotNetParametersException e) {
      return Optional.empty();
    }
    return switch (outcome) {
      case DotNetOutcome.Refused _ -> Optional.empty();
      case DotNetOutcome.Decoded decoded ->
          switch (vector.text("expect")) {
            case "error" -> Optional.of("was not refused");
            case "undetectable" ->
                unless(
                    decoded.text().equals(vector.object("dotnet").get("text")),
                    decoded.text().equals(vector.text("originalPlaintext"))
                        ? "gave the original plaintext"
                        : "decoded to something else than .NET's text");
            default -> Optional.of("expects what this test does not know");
          };
    };
  }

  private static Optional<String> failureOfKdf(Vector vector) {
    Optional<List<byte[]>> outputs = outputsOf(vector);
    if (vector.expectsError()) {
      return unless(outputs.isEmpty(), "was not refused");
    }
    if (outputs.isEmpty()) {
      return Optional.of("was refused");
    }
    return unless(
        outputs.get().stream().map(HEX::formatHex).toList().equals(vector.list("outputsHex")),
        "derived other bytes");
  }

  private static Optional<List<byte[]>> outputsOf(Vector vector) {
    Hash hash = wordOf(Hash.values(), vector.text("hash"));
    byte[] passphrase =
        wordOf(TextEncoding.values(), vector.text("passphraseEncoding"))
            .encode(vector.text("passphrase"));
    if (vector.text("kdf").equals("CryptDeriveKey")) {
      CryptDeriveKey.Algorithm algorithm =
          wordOf(CryptDeriveKey.Algorithm.values(), vector.text("algorithm"));
      return Optional.of(
          List.of(
              new CryptDeriveKey(algorithm, hash, vector.number("keySizeBits") / 8)
                  .derive(passphrase)));
    }
    DeriveBytes deriveBytes = wordOf(DeriveBytes.values(), vector.text("kdf"));
    byte[] salt =
        Optional.ofNullable(vector.text("saltHex")).map(HEX::parseHex).orElse(new byte[0]);
    if (!deriveBytes.hashes().contains(hash) || vector.number("iterations") < 1) {
      return Optional.empty();
    }
    return deriveBytes.derive(
        hash, passphrase, salt, vector.number("iterations"), vector.list("getBytes"));
  }

  private static <E extends Word> E wordOf(E[] words, String word) {
    return Arrays.stream(words).filter(each -> each.word().equals(word)).findFirst().orElseThrow();
  }

  private static Optional<String> unless(boolean met, String failure) {
    return met ? Optional.empty() : Optional.of(failure);
  }
}
