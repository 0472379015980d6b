package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Checks the metadata for GraalVM's native-image. Caffeine finds the classes of its caches by name,
 * and the names depend on the options of the cache. The AWS SDK has its own metadata.
 */
class NativeImageTest {
  private static final String METADATA =
      "/META-INF/native-image/dev.keepwarm/keepwarm-reader/reflect-config.json";

  @Test
  void namesWhatTheCachesAreMadeOfAndNothingElse() throws Exception {
    try (ReaderWorld world = new ReaderWorld()) {
      Set<String> used = new HashSet<>();
      collect(world.reader, used, new HashSet<>());

      assertThat(used).hasSizeGreaterThan(3);
      assertThat(named()).containsExactlyInAnyOrderElementsOf(used);
    }
  }

  /** Follows fields of the reader's own types down to the caches. */
  private static void collect(Object owner, Set<String> used, Set<Object> seen)
      throws ReflectiveOperationException {
    if (!seen.add(owner)) {
      return;
    }
    for (Field field : owner.getClass().getDeclaredFields()) {
      boolean ours = field.getType().getName().startsWith("dev.keepwarm.reader.");
      if (Modifier.isStatic(field.getModifiers()) || !(ours || field.getType() == Cache.class)) {
        continue;
      }
      field.setAccessible(true);
      Object value = field.get(owner);
      if (value instanceof Cache<?, ?> cache) {
        Object map = cache.asMap();
        used.add(map.getClass().getName());
        used.add(nodeFactory(map).getClass().getName());
      } else if (value != null && ours) {
        collect(value, used, seen);
      }
    }
  }

  private static Object nodeFactory(Object map) throws ReflectiveOperationException {
    Class<?> type = map.getClass();
    while (!type.getSimpleName().equals("BoundedLocalCache")) {
      type = type.getSuperclass();
    }
    Field field = type.getDeclaredField("nodeFactory");
    field.setAccessible(true);
    return field.get(map);
  }

  private static Set<String> named() throws IOException {
    Set<String> names = new HashSet<>();
    try (InputStream in = NativeImageTest.class.getResourceAsStream(METADATA)) {
      for (JsonNode type : new ObjectMapper().readTree(in)) {
        assertThat(type.get("allDeclaredConstructors").asBoolean()).isTrue();
        assertThat(type.get("allDeclaredFields").asBoolean()).isTrue();
        names.add(type.get("name").asText());
      }
    }
    return names;
  }
}
