package dev.keepwarm.decryptor.dotnet;

/**
 * Parameters or a secret are not valid. The message names the field and what is allowed; it never
 * holds what was given.
 */
public final class DotNetParametersException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  /** What is wrong. The names are stable. */
  public enum Code {
    /** There is no such field. */
    UNKNOWN_FIELD,
    /** The field is needed with these parameters. */
    MISSING_FIELD,
    /** The field has another JSON type. */
    WRONG_TYPE,
    /** The field has a value that is not allowed. */
    BAD_VALUE,
    /** The field does not go together with another. */
    CONTRADICTION,
    /** The field is a secret, which parameters never hold. */
    SECRET_IN_PARAMETERS
  }

  private final Code code;
  private final String field;

  DotNetParametersException(Code code, String field, String allowed) {
    super(field + ": " + allowed);
    this.code = code;
    this.field = field;
  }

  /** What is wrong. */
  public Code code() {
    return code;
  }

  /**
   * The field's name, with a dot before that of a field inside another, as in {@code mac.covers}.
   */
  public String field() {
    return field;
  }
}
