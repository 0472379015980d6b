package dev.keepwarm.engine;

import java.util.Locale;

/** Which kind of source there is. */
public enum SourceKind {
  /** The built-in table, {@code DynamoSource}. */
  DYNAMODB,
  /** A database that has a JDBC driver. */
  JDBC,
  /** AWS Secrets Manager. */
  SECRETSMANAGER;

  /** As it is set and printed. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
