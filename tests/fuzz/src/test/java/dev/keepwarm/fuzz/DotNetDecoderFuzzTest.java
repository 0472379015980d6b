package dev.keepwarm.fuzz;

import static java.util.Objects.requireNonNull;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keepwarm.decryptor.dotnet.DotNetDecoder;
import dev.keepwarm.decryptor.dotnet.DotNetOutcome;
import dev.keepwarm.decryptor.dotnet.DotNetParameters;
import dev.keepwarm.decryptor.dotnet.DotNetParametersException;
import dev.keepwarm.decryptor.dotnet.DotNetSecret;
import dev.keepwarm.decryptor.dotnet.KnownSchemes;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The whole .NET decoder, with parameters close to valid ones, any secret and any stored value. The
 * result is an outcome, or a coded error if the parameters or the secret are invalid, and it comes
 * within a time limit.
 */
class DotNetDecoderFuzzTest {

  /** The limit of CPU time, because the machine may be busy with something else. */
  private static final long MAX_NANOS = 5_000_000_000L;

  private static final List<DotNetParameters> SCHEMES = List.copyOf(KnownSchemes.all().values());

  /** Every value that a field has in some known scheme, and some more. */
  private static final Map<String, List<Object>> VOCABULARY = vocabulary();

  private static final List<String> FIELDS = List.copyOf(VOCABULARY.keySet());

  @FuzzTest(maxDuration = "", maxExecutions = 1_000_000)
  void decodes(FuzzedDataProvider data) {
    long start = cpuNanos();
    try {
      Map<String, Object> parameters = parameters(data);
      DotNetSecret secret = secret(data);
      DotNetDecoder decoder = DotNetDecoder.of(DotNetParameters.parse(parameters), secret);
      switch (decoder.decode(stored(data))) {
        case DotNetOutcome.Decoded(String text) -> requireNonNull(text);
        case DotNetOutcome.Refused(var reason) -> requireNonNull(reason);
      }
    } catch (DotNetParametersException e) {
      requireNonNull(e.code());
      requireNonNull(e.field());
    }
    if (cpuNanos() - start > MAX_NANOS) {
      throw new AssertionError("took too long");
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** A known scheme with a few fields changed. */
  private static Map<String, Object> parameters(FuzzedDataProvider data) {
    Map<String, Object> fields =
        new LinkedHashMap<>(SCHEMES.get(data.consumeInt(0, SCHEMES.size() - 1)).toMap());
    // A thousand iterations would find nothing more than three do.
    fields.computeIfPresent("iterations", (_, _) -> 3);
    for (int changes = data.consumeInt(0, 3); changes > 0; changes--) {
      String field = FIELDS.get(data.consumeInt(0, FIELDS.size() - 1));
      List<Object> values = VOCABULARY.get(field);
      switch (data.consumeInt(0, 6)) {
        case 0 -> fields.remove(field);
        case 1 -> fields.put(field, null);
        case 2 -> fields.put(field, data.consumeInt(-2, 300));
        case 3 -> fields.put(field, data.consumeString(40));
        case 4 -> fields.put(data.consumeString(20), data.consumeString(20));
        default -> fields.put(field, values.get(data.consumeInt(0, values.size() - 1)));
      }
    }
    return fields;
  }

  private static DotNetSecret secret(FuzzedDataProvider data) {
    DotNetSecret secret =
        switch (data.consumeInt(0, 3)) {
          case 0 -> DotNetSecret.ofKey(data.consumeBytes(8 * data.consumeInt(0, 4)));
          case 1 -> DotNetSecret.ofKeyText(data.consumeString(32));
          default -> DotNetSecret.ofPassphrase(data.consumeString(40));
        };
    return data.consumeInt(0, 7) == 0 ? secret.withMacPassphrase(data.consumeString(10)) : secret;
  }

  /** Any text, or any bytes in a valid notation, so that the fuzzer gets past the notation. */
  private static String stored(FuzzedDataProvider data) {
    return switch (data.consumeInt(0, 5)) {
      case 0 -> data.consumeRemainingAsString();
      case 1 -> HexFormat.of().formatHex(data.consumeRemainingAsBytes());
      case 2 -> HexFormat.ofDelimiter("-").formatHex(data.consumeRemainingAsBytes());
      default -> Base64.getEncoder().encodeToString(data.consumeRemainingAsBytes());
    };
  }

  private static Map<String, List<Object>> vocabulary() {
    Map<String, Map<String, Object>> values = new TreeMap<>();
    for (DotNetParameters scheme : SCHEMES) {
      scheme.toMap().forEach((field, value) -> add(values, field, value));
    }
    for (String padding : List.of("Zeros", "ANSIX923", "ISO10126")) {
      add(values, "padding", padding);
    }
    for (String encoding : List.of("us-ascii", "windows-1252", "utf-8-bom", "utf-16le-bom")) {
      add(values, "plaintextEncoding", encoding);
    }
    for (String notation : List.of("hex-upper", "hex-dashed", "base64-linebreaks")) {
      add(values, "ciphertextEncoding", notation);
    }
    add(values, "preDecode", "space-to-plus");
    Map<String, List<Object>> lists = new TreeMap<>();
    values.forEach((field, each) -> lists.put(field, new ArrayList<>(each.values())));
    return lists;
  }

  private static void add(Map<String, Map<String, Object>> values, String field, Object value) {
    values.computeIfAbsent(field, _ -> new TreeMap<>()).put(String.valueOf(value), value);
  }
}
