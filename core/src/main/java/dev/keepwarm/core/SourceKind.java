package dev.keepwarm.core;

/** Which kind of source there is. */
public enum SourceKind {
  /** The built-in table, {@link DynamoSource}. */
  DYNAMODB,
  /** A database that has a JDBC driver. */
  JDBC,
  /** AWS Secrets Manager. */
  SECRETSMANAGER
}
