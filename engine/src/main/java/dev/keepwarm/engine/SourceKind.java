package dev.keepwarm.engine;

import java.util.Locale;

/** The kinds of sources. */
public enum SourceKind {
  /** The built-in table, {@code DynamoSource}. */
  DYNAMODB,
  /** A database that has a JDBC driver. */
  JDBC,
  /** AWS Secrets Manager. */
  SECRETSMANAGER;

  /** The name as it is written in settings and output. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
