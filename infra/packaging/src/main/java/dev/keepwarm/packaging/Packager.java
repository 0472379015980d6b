package dev.keepwarm.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Makes {@code keepwarm-managed.zip} and {@code keepwarm-pinned.zip} in {@code
 * infra/packaging/target}, each with its SBOM, from the jars that the modules {@code
 * infra/packaging/managed} and {@code infra/packaging/pinned} collected.
 */
public final class Packager {
  /**
   * The maximum sizes of the zips. Every cold start loads them, so a package that exceeds its limit
   * fails the build.
   */
  private static final long MANAGED_BUDGET = 13_000_000;

  private static final long PINNED_BUDGET = 47_000_000;

  private Packager() {}

  /**
   * Makes both, but keeps an existing pinned zip that was made from the same code.
   *
   * @param args the project's root
   */
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    Path target = home.resolve("infra/packaging/target");
    Path managed = target.resolve("keepwarm-managed.zip");
    managed(home.resolve("infra/packaging/managed/target/lib"), managed);
    hold(managed, MANAGED_BUDGET);
    sbom(home, target, "managed");
    if (!System.getProperty("os.name").equals("Linux")) {
      System.out.println("keepwarm-pinned.zip: not made, because its JVM must be one for Linux");
      return;
    }
    Path pinned = target.resolve("keepwarm-pinned.zip");
    PinnedPackage.make(home, target.resolve("pinned"), pinned);
    hold(pinned, PINNED_BUDGET);
    sbom(home, target, "pinned");
  }

  /** The package for the managed runtime, which puts its jars on the class path. */
  static void managed(Path libraries, Path zip) throws IOException {
    try (Zip out = Zip.create(zip)) {
      for (Path jar : Jars.in(libraries)) {
        out.add("lib/" + jar.getFileName(), Jars.slim(jar), false);
      }
    }
  }

  private static void sbom(Path home, Path target, String form) throws IOException {
    Files.copy(
        home.resolve("infra/packaging/" + form + "/target/sbom.json"),
        target.resolve("keepwarm-" + form + ".sbom.json"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static void hold(Path zip, long budget) throws IOException {
    long size = Files.size(zip);
    System.out.println(zip.getFileName() + ": " + size / 100_000 / 10.0 + " MB");
    if (size > budget) {
      throw new IllegalStateException(
          zip.getFileName() + " has " + size + " bytes; its budget is " + budget);
    }
  }
}
