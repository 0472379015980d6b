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

/** Reduces jars to the files that are deployed. */
final class Jars {
  /** Files that are not read at run time: build files, and models from which code was generated. */
  private static final Pattern UNUSED =
      Pattern.compile(
          "META-INF/(maven|native-image)/.*|codegen-resources/.*|META-INF/[^/]*\\.(SF|RSA|DSA)|.*/");

  /** Unused parts of the SDK: Keepwarm uses no asynchronous clients, waiters or page publishers. */
  private static final Pattern ASYNCHRONOUS =
      Pattern.compile(
          "software/amazon/awssdk/services/\\w+/(Default\\w+Async\\w*|\\w+AsyncClient\\w*"
              + "|paginators/\\w+Publisher|waiters/\\w+)(\\$.*)?\\.class");

  /** Native libraries. The package has those of its platform as files. */
  private static final Pattern NATIVE =
      Pattern.compile("jni/.*|.*/(lib)?aws-crt-jni\\.(so|dylib|dll)");

  /**
   * The decoder needs only Rijndael's engine and its dependencies from Bouncy Castle's 7 MB; the
   * JDK has the rest. Removing files invalidates a jar's signature, so that is removed, too.
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
   * The same jar without unused files, and not compressed: the zip compresses it far better as a
   * whole, and no class is inflated twice. The same input gives the same bytes.
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
   * Finds a file in the jars.
   *
   * @param end the end of its path
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
