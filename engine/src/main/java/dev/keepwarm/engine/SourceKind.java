package dev.keepwarm.engine;

/** Which kind of source there is. */
public enum SourceKind {
  /** The built-in table, {@code DynamoSource}. */
  DYNAMODB,
  /** A database that has a JDBC driver. */
  JDBC,
  /** AWS Secrets Manager. */
  SECRETSMANAGER
}
