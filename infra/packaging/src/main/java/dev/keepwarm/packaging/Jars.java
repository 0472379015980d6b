package dev.keepwarm.packaging;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** Jars as they are deployed. */
final class Jars {
  /** What nobody reads at run time: build files, and models that code was generated from. */
  private static final Pattern UNUSED =
      Pattern.compile(
          "META-INF/(maven|native-image)/.*|codegen-resources/.*|META-INF/[^/]*\\.(SF|RSA|DSA)|.*/");

  /** The SDK's clients that nobody here uses: no call is asynchronous, waits or publishes pages. */
  private static final Pattern ASYNCHRONOUS =
      Pattern.compile(
          "software/amazon/awssdk/services/\\w+/(Default\\w+Async\\w*|\\w+AsyncClient\\w*"
              + "|paginators/\\w+Publisher|waiters/\\w+)(\\$.*)?\\.class");

  /** Native libraries, of which the package has its own platform's in files. */
  private static final Pattern NATIVE =
      Pattern.compile("jni/.*|.*/(lib)?aws-crt-jni\\.(so|dylib|dll)");

  /**
   * Of Bouncy Castle the decoder needs Rijndael's engine and what belongs to it, of 7 MB; the JDK
   * has the rest. A jar that has lost files has lost its signature too.
   */
  private static final Pattern BOUNCY_CASTLE =
      Pattern.compile(
          "org/bouncycastle/(crypto/(\\w+|engines/Rijndael.*|modes/CBC\\w+|params/\\w+"
              + "|constraints/\\w+)|util/\\w+|util/encoders/\\w+|math/ec/\\w+)(\\$\\w+)*\\.class");

  private Jars() {}

  /** The jars of a directory, in the order of their names. */
  static List<Path> in(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /**
   * The same jar without what is not used, not compressed: the zip around it compresses it as a
   * whole, and far better, and no class is inflated twice. The same bytes for the same input.
   */
  static byte[] slim(Path jar) throws IOException {
    boolean bouncyCastle = jar.getFileName().toString().startsWith("bcprov-");
    ByteArrayOutputStream slim = new ByteArrayOutputStream();
    try (JarFile in = new JarFile(jar.toFile(), false);
        StoredJar out = new StoredJar(slim)) {
      List<? extends ZipEntry> entries = Collections.list(in.entries());
      for (ZipEntry entry : entries) {
        String name = entry.getName();
        if (!UNUSED.matcher(name).matches()
            && !ASYNCHRONOUS.matcher(name).matches()
            && !NATIVE.matcher(name).matches()
            && (!bouncyCastle || BOUNCY_CASTLE.matcher(name).matches())) {
          try (var content = in.getInputStream(entry)) {
            out.add(name, content.readAllBytes());
          }
        }
      }
    }
    return slim.toByteArray();
  }

  /**
   * The file in one of the jars.
   *
   * @param end of its name with its directories
   */
  static byte[] find(List<Path> jars, String end) throws IOException {
    for (Path jar : jars) {
      try (JarFile in = new JarFile(jar.toFile(), false)) {
        List<? extends ZipEntry> entries = Collections.list(in.entries());
        for (ZipEntry entry : entries) {
          if (entry.getName().endsWith(end)) {
            try (var content = in.getInputStream(entry)) {
              return content.readAllBytes();
            }
          }
        }
      }
    }
    throw new IOException("no jar has " + end);
  }
}
