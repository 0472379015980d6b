package dev.keepwarm.decryptor.dotnet;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Groups of values that were encrypted in one way, for detections whose right answer is known. */
final class DetectionGroups {

  private static final List<String> TEXTS =
      List.of(
          "Tr0ub4dor&3-payroll",
          "{\"username\":\"hr_sync\",\"password\":\"Winter-2024!\"}",
          "Server=sql01.corp.example;User Id=sa;Password=pa$$w0rd;");

  private static final List<String> CONSTANT_SALTS =
      List.of(
          "4976616e204d65647665646576",
          "7340317456616c7565",
          "53404c54264b4559",
          "0102030405060708",
          "0000000000000000");

  private static final List<String> CONSTANT_IVS =
      List.of(
          "40314232633344346535463667374838",
          "00000000000000000000000000000000",
          "31323334353637383930313233343536",
          "0102030405060708090a0b0c0d0e0f10",
          "1234567890abcdef",
          "0000000000000000",
          "0102030405060708");

  private static final List<String> WORDS =
      List.of(
          "payroll",
          "bank",
          "hr",
          "sync",
          "winter",
          "Summer",
          "admin",
          "svc",
          "tenant",
          "Report",
          "import",
          "Nordwind",
          "Müller",
          "Łódź",
          "export",
          "gateway",
          "Zürich",
          "api");

  private DetectionGroups() {}

  /**
   * A group.
   *
   * @param name the name of its origin
   * @param parameters how its values were encrypted
   * @param shown how many of the values a detection sees; it has to be right for the others as well
   */
  record Group(
      String name,
      Map<String, Object> parameters,
      DotNetSecret secret,
      List<String> values,
      List<String> texts,
      int shown) {

    Group(
        String name,
        Map<String, Object> parameters,
        DotNetSecret secret,
        List<String> values,
        List<String> texts) {
      this(name, parameters, secret, values, texts, values.size());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** One group for each vector: its parameters and secret, and the same three texts. */
  static List<Group> ofVectors(Seed seed) throws IOException {
    List<Group> groups = new ArrayList<>();
    for (Vector vector : vectors()) {
      DotNetParameters parameters = DotNetParameters.parse(vector.openParameters());
      Encryptor encryptor = new Encryptor(parameters, vector.secret(), seed);
      groups.add(
          new Group(
              vector.id(),
              vector.openParameters(),
              vector.secret(),
              TEXTS.stream().map(encryptor::encrypt).toList(),
              TEXTS));
    }
    return groups;
  }

  /** The vectors' own values, in groups of three or more that were encrypted in the same way. */
  static List<Group> ofVectorsValues() throws IOException {
    Map<String, List<Vector>> alike = new LinkedHashMap<>();
    for (Vector vector : vectors()) {
      alike
          .computeIfAbsent(
              vector.file() + new TreeMap<>(vector.object("parameters")), _ -> new ArrayList<>())
          .add(vector);
    }
    return alike.values().stream()
        .filter(vectors -> vectors.size() >= 3)
        .map(vectors ->
            new Group(
                vectors.getFirst().id(),
                vectors.getFirst().openParameters(),
                vectors.getFirst().secret(),
                vectors.stream().map(vector -> vector.text("ciphertext")).toList(),
                vectors.stream().map(vector -> vector.text("plaintext")).toList()))
        .toList();
  }

  /**
   * Groups of any known or further scheme, with other secrets, texts, lengths and numbers of
   * values. Of four salts and IVs, three are constants that circulate and one is like no other.
   */
  static List<Group> sample(int count, Seed seed) {
    List<Map.Entry<String, DotNetParameters>> known = List.copyOf(KnownSchemes.all().entrySet());
    List<Map.Entry<String, DotNetParameters>> further =
        List.copyOf(FurtherSchemes.all().entrySet());
    List<Group> groups = new ArrayList<>();
    while (groups.size() < count) {
      List<Map.Entry<String, DotNetParameters>> schemes = seed.below(3) > 0 ? known : further;
      Map.Entry<String, DotNetParameters> scheme = schemes.get(seed.below(schemes.size()));
      try {
        groups.add(sampled(scheme.getKey(), scheme.getValue().toMap(), seed));
      } catch (DotNetParametersException e) {
        // The passphrase is too long or too short for a key, or the salt is too short.
      }
    }
    return groups;
  }

  private static Group sampled(String name, Map<String, Object> scheme, Seed seed) {
    Map<String, Object> fields = new LinkedHashMap<>(scheme);
    fields.computeIfPresent("saltHex", (_, salt) -> constant(CONSTANT_SALTS, (String) salt, seed));
    fields.computeIfPresent("ivHex", (_, iv) -> constant(CONSTANT_IVS, (String) iv, seed));
    if (seed.below(3) == 0) {
      fields.put("plaintextEncoding", seed.flip() ? "utf-16le" : "utf-8");
    }
    DotNetParameters parameters = DotNetParameters.parse(fields);
    DotNetSecret secret = Secrets.fitting(parameters, seed);
    if (!parameters.needsKey() && !parameters.needsMacPassphrase()) {
      secret = DotNetSecret.ofPassphrase(word(seed) + word(seed) + seed.below(10_000));
    }
    Encryptor encryptor = new Encryptor(parameters, secret, seed);
    List<String> texts = Stream.generate(() -> text(seed)).limit(3 + seed.below(8)).toList();
    return new Group(
        name, parameters.toMap(), secret, texts.stream().map(encryptor::encrypt).toList(), texts);
  }

  /**
   * Groups of known schemes as they occur in practice: one to ten values of one or several kinds,
   * of which a detection sees a part. Every third constant IV is unique.
   */
  static List<Group> everyday(int count, Seed seed) {
    List<Map.Entry<String, DotNetParameters>> known = List.copyOf(KnownSchemes.all().entrySet());
    List<Group> groups = new ArrayList<>();
    while (groups.size() < count) {
      Map.Entry<String, DotNetParameters> scheme = known.get(seed.below(known.size()));
      Map<String, Object> fields = new LinkedHashMap<>(scheme.getValue().toMap());
      if (seed.below(3) == 0) {
        fields.computeIfPresent(
            "ivHex", (_, iv) -> HexFormat.of().formatHex(seed.bytes(((String) iv).length() / 2)));
      }
      if (seed.below(3) == 0) {
        fields.put("plaintextEncoding", seed.flip() ? "utf-16le" : "utf-8");
      }
      DotNetParameters parameters = DotNetParameters.parse(fields);
      DotNetSecret secret = Secrets.fitting(parameters, seed);
      if (!parameters.needsKey() && !parameters.needsMacPassphrase()) {
        secret = DotNetSecret.ofPassphrase(EverydayTexts.any(seed));
      }
      boolean isMixed = seed.flip();
      int kind = seed.below(EverydayTexts.KINDS);
      List<String> texts =
          Stream.generate(
                  () -> EverydayTexts.of(isMixed ? seed.below(EverydayTexts.KINDS) : kind, seed))
              .limit(13)
              .toList();
      try {
        Encryptor encryptor = new Encryptor(parameters, secret, seed);
        groups.add(
            new Group(
                scheme.getKey() + (isMixed ? ", texts of all kinds" : ", texts of kind " + kind),
                parameters.toMap(),
                secret,
                texts.stream().map(encryptor::encrypt).toList(),
                texts,
                1 + seed.below(10)));
      } catch (DotNetParametersException e) {
        // The passphrase is too short for a key of DES.
      }
    }
    return groups;
  }

  private static String constant(List<String> constants, String own, Seed seed) {
    List<String> fitting =
        constants.stream().filter(each -> each.length() == own.length()).toList();
    return switch (seed.below(4)) {
      case 0 -> HexFormat.of().formatHex(seed.bytes(own.length() / 2));
      case 1 -> fitting.isEmpty() ? own : fitting.get(seed.below(fitting.size()));
      default -> own;
    };
  }

  /** A typical text in a table of credentials. */
  private static String text(Seed seed) {
    String user = word(seed) + "_" + word(seed);
    String password = word(seed) + seed.below(1000) + "!$&#-%".charAt(seed.below(6)) + word(seed);
    return switch (seed.below(6)) {
      case 0 -> password;
      case 1 -> user + ":" + password;
      case 2 -> "{\"username\":\"" + user + "\",\"password\":\"" + password + "\"}";
      case 3 -> "Server=sql" + seed.below(99) + ";User Id=" + user + ";Password=" + password + ";";
      case 4 -> user + ";" + password + ";https://" + word(seed) + ".example/" + word(seed);
      default -> "<login><user>" + user + "</user><pin>" + seed.below(100_000) + "</pin></login>";
    };
  }

  private static String word(Seed seed) {
    return requireNonNull(WORDS.get(seed.below(WORDS.size())));
  }

  private static List<Vector> vectors() throws IOException {
    return Stream.concat(
            Vectors.in(Vectors.builtInFolder()).stream(),
            Vectors.in(Vectors.folderOfMore()).stream())
        .filter(vector -> vector.kind().equals("positive"))
        .filter(vector -> !vector.file().startsWith("base64-handling"))
        .toList();
  }
}
