package dev.keepwarm.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A file of golden vectors in {@code cache-reader/contract}. Readers in other languages are tested
 * against these files. They change only on purpose, with {@code ./mvnw -pl core test
 * -Dtest='*VectorsTest' -Dvectors=write}.
 */
final class VectorFile {
  private static final Path CONTRACT = Path.of("..", "cache-reader", "contract");

  private final Path path;

  VectorFile(String name) {
    path = CONTRACT.resolve(name);
  }

  /** Checks that the code still produces the file; with {@code -Dvectors=write}, writes it. */
  void check(Map<String, @Nullable Object> made) {
    made.values().forEach(VectorFile::checkIds);
    String text = print(made);
    try {
      if ("write".equals(System.getProperty("vectors"))) {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
      }
      assertThat(Files.readString(path)).as(path.toString()).isEqualTo(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The content of the file. */
  Map<String, @Nullable Object> read() {
    try {
      return Json.parseObject(Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The objects in one of the file's arrays. */
  List<Map<String, @Nullable Object>> read(String array) {
    @SuppressWarnings("unchecked")
    List<Map<String, @Nullable Object>> vectors =
        (List<Map<String, @Nullable Object>>) read().get(array);
    assertThat(vectors).isNotEmpty();
    return vectors;
  }

  /** A field that is a number. */
  static long number(Map<String, @Nullable Object> vector, String field) {
    return (long) vector.get(field);
  }

  /** A field that is bytes in hexadecimal. */
  static byte[] hex(Map<String, @Nullable Object> vector, String field) {
    return HexFormat.of().parseHex((String) vector.get(field));
  }

  /** The credential that a vector is of. */
  static CredentialId id(Map<String, @Nullable Object> vector) {
    return new CredentialId((String) vector.get("tenant"), (String) vector.get("name"));
  }

  /** The data key of a vector. */
  static DataKey key(Map<String, @Nullable Object> vector) {
    return DataKey.of(hex(vector, "dataKeyHex"), SdkBytes.fromUtf8String("wrapped"), 1);
  }

  /** 32 bytes that are the same in every run. */
  static byte[] derived(String label) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(("keepwarm " + label).getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same bytes, with some bits of one byte changed. */
  static byte[] flipped(byte[] bytes, int position, int bits) {
    byte[] flipped = bytes.clone();
    flipped[position] ^= (byte) bits;
    return flipped;
  }

  private static void checkIds(@Nullable Object array) {
    if (array instanceof List<?> vectors) {
      assertThat(vectors)
          .extracting(vector -> ((Map<?, ?>) vector).get("id"))
          .doesNotHaveDuplicates();
    }
  }

  /** One vector per line, so that a diff shows which vector has changed. */
  private static String print(Map<String, @Nullable Object> file) {
    StringBuilder text = new StringBuilder("{\n");
    for (Iterator<Map.Entry<String, @Nullable Object>> i = file.entrySet().iterator();
        i.hasNext(); ) {
      Map.Entry<String, @Nullable Object> field = i.next();
      text.append("  ").append(Json.write(field.getKey())).append(": ");
      if (field.getValue() instanceof List<?> list) {
        text.append("[\n    ");
        text.append(String.join(",\n    ", list.stream().map(Json::write).toList()));
        text.append("\n  ]");
      } else {
        text.append(Json.write(field.getValue()));
      }
      text.append(i.hasNext() ? ",\n" : "\n");
    }
    return text.append("}\n").toString();
  }
}
