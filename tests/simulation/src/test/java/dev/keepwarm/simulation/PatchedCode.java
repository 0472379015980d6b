package dev.keepwarm.simulation;

import dev.keepwarm.core.internal.Checkout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Keepwarm and this simulation with edits in some production sources. The edited sources are
 * compiled in memory, and all other classes of ours are loaded again next to them.
 */
final class PatchedCode extends ClassLoader {
  private static final String OURS = "dev.keepwarm.";

  private final Map<String, byte[]> compiled;

  private PatchedCode(Map<String, byte[]> compiled) {
    super(PatchedCode.class.getClassLoader());
    this.compiled = compiled;
  }

  /**
   * One change of a source.
   *
   * @param file its path in the repository
   * @param text the text to replace, which must occur exactly once; runs of white space are equal
   * @param by the replacement
   */
  record Edit(String file, String text, String by) {
    String of(String source) {
      String spaced = source.replaceAll("\\s+", " ");
      String wanted = text.replaceAll("\\s+", " ");
      int at = spaced.indexOf(wanted);
      if (at < 0 || spaced.indexOf(wanted, at + 1) >= 0) {
        throw new IllegalStateException(
            "the deliberate bug does not fit any more: not exactly once in %s: %s"
                .formatted(file, text));
      }
      return spaced.substring(0, at) + by + spaced.substring(at + wanted.length());
    }
  }

  /** The code with these edits. */
  static PatchedCode of(List<Edit> edits) {
    Map<String, String> sources = new HashMap<>();
    for (Edit edit : edits) {
      sources.compute(edit.file(), (file, before) -> edit.of(before == null ? read(file) : before));
    }
    return new PatchedCode(compile(sources));
  }

  /** The explorer's answers about the patched code. */
  @Nullable Long firstFailure(long first, long count) {
    return (Long) explorer("firstFailure", first, count);
  }

  @Nullable String why(long seed) {
    return (String) explorer("why", seed);
  }

  private @Nullable Object explorer(String method, Long... arguments) {
    try {
      Class<?>[] types = new Class<?>[arguments.length];
      java.util.Arrays.fill(types, long.class);
      var found = loadClass(Explorer.class.getName()).getDeclaredMethod(method, types);
      found.setAccessible(true);
      return found.invoke(null, (Object[]) arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = compiled.get(name);
    if (bytes == null) {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        bytes = in.readAllBytes();
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
    return defineClass(name, bytes, 0, bytes.length);
  }

  private static String read(String file) {
    Path path = Checkout.root().resolve(file);
    try {
      // Line comments are removed, because edits replace line ends by spaces.
      return Files.readString(path).replaceAll("(?m)^\\s*//.*$", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, byte[]> compile(Map<String, String> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    Map<String, ByteArrayOutputStream> classes = new HashMap<>();
    JavaFileManager files =
        new ForwardingJavaFileManager<JavaFileManager>(
            compiler.getStandardFileManager(diagnostics, null, null)) {
          @Override
          public JavaFileObject getJavaFileForOutput(
              Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            classes.put(className, bytes);
            return new SimpleJavaFileObject(URI.create("memory:///" + className), kind) {
              @Override
              public OutputStream openOutputStream() {
                return bytes;
              }
            };
          }
        };
    List<SimpleJavaFileObject> units =
        sources.entrySet().stream()
            .map(source -> unit(source.getKey(), source.getValue()))
            .toList();
    boolean done =
        compiler
            .getTask(
                null,
                files,
                diagnostics,
                List.of("-proc:none", "-classpath", System.getProperty("java.class.path")),
                null,
                units)
            .call();
    if (!done) {
      throw new IllegalStateException(
          "a deliberate bug does not compile: " + diagnostics.getDiagnostics());
    }
    Map<String, byte[]> bytes = new HashMap<>();
    classes.forEach((name, stream) -> bytes.put(name, stream.toByteArray()));
    return bytes;
  }

  private static SimpleJavaFileObject unit(String file, String source) {
    return new SimpleJavaFileObject(URI.create("memory:///" + file), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
  }
}
