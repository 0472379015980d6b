package dev.keepwarm.pinned;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Starts a function of the pinned package: checks that its AOT cache and its code are from the same
 * build, then hands over to Lambda's runtime interface client.
 *
 * <p>A JVM takes classes from an AOT cache without checking whether the jar has changed since. The
 * packager therefore adds a class that returns the build's id. The cache contains this class like
 * any other, so an old cache returns an old id. The same id is in a file of the package.
 */
public final class Start {
  /** The class that the packager writes; it returns the build's id. */
  public static final String BUILD_CLASS = "dev.keepwarm.pinned.Build";

  /** The file in the task's root with the same id. */
  public static final String BUILD_FILE = "build-id";

  private Start() {}

  /**
   * Runs a function until its process is ended.
   *
   * @param args the handler
   */
  public static void main(String[] args) throws Throwable {
    String wanted = inFile();
    String running = inCode();
    if (!running.equals(wanted)) {
      System.err.println(
          "keepwarm: INVALID_CONFIGURATION: the package mixes two builds: its file build-id has "
              + wanted
              + ", its classes have "
              + running
              + "; deploy a complete package");
      System.exit(1);
    }
    AWSLambda.main(args);
  }

  private static String inFile() throws IOException {
    return Files.readString(Path.of(BUILD_FILE)).strip();
  }

  private static String inCode() throws ReflectiveOperationException {
    Supplier<?> build =
        (Supplier<?>) Class.forName(BUILD_CLASS).getDeclaredConstructor().newInstance();
    return String.valueOf(build.get());
  }
}
