package dev.keepwarm.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that each corpus is used: an unused one would look like one without failures. */
class CorpusTest {
  private static final Path CORPUS = Path.of("corpus");
  private static final Path CLASSES = Path.of("target", "test-classes", "dev", "keepwarm", "fuzz");

  @Test
  void everyTargetHasACorpusThatIsThereForItsRun() throws Exception {
    List<Method> targets = targets();

    assertThat(targets).hasSizeGreaterThanOrEqualTo(7);
    assertThat(list(CORPUS))
        .extracting(file -> file.getFileName().toString())
        .containsExactlyInAnyOrderElementsOf(targets.stream().map(CorpusTest::name).toList());
    for (Method target : targets) {
      List<String> packed = Files.readAllLines(CORPUS.resolve(name(target)));
      Path inputs =
          CLASSES
              .resolve(target.getDeclaringClass().getSimpleName() + "Inputs")
              .resolve(target.getName());
      assertThat(packed).isNotEmpty().doesNotHaveDuplicates();
      assertThat(list(inputs)).as(name(target)).hasSameSizeAs(packed);
    }
  }

  private static String name(Method target) {
    return target.getDeclaringClass().getSimpleName() + "." + target.getName();
  }

  private static List<Method> targets() throws IOException, ClassNotFoundException {
    List<Class<?>> classes = new java.util.ArrayList<>();
    for (Path file : list(CLASSES)) {
      String name = file.getFileName().toString();
      if (name.endsWith("FuzzTest.class")) {
        classes.add(Class.forName("dev.keepwarm.fuzz." + name.replace(".class", "")));
      }
    }
    return classes.stream()
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(FuzzTest.class))
        .toList();
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
