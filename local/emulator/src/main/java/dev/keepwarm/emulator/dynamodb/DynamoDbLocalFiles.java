package dev.keepwarm.emulator.dynamodb;

import java.nio.file.Path;

/**
 * The files that the process of DynamoDB Local runs.
 *
 * @param launcher the directory or jar with the launcher's class
 * @param libraries the directory with DynamoDB Local and its libraries
 */
public record DynamoDbLocalFiles(Path launcher, Path libraries) {
  /** Makes both absolute. */
  public DynamoDbLocalFiles {
    launcher = launcher.toAbsolutePath();
    libraries = libraries.toAbsolutePath();
  }

  /**
   * The files in a checkout, where the build puts them.
   *
   * @param home the root of the project
   * @return paths, which exist only if the project is built
   */
  public static DynamoDbLocalFiles ofBuild(Path home) {
    Path built = home.resolve("local/dynamodb-local/target");
    return new DynamoDbLocalFiles(built.resolve("classes"), built.resolve("lib"));
  }
}
