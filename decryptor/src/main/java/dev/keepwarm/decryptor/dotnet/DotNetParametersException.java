package dev.keepwarm.decryptor.dotnet;

/**
 * Parameters or a secret are not valid. The message names the field and the allowed values; it
 * never holds the given value.
 */
public final class DotNetParametersException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  /** The kinds of errors. The names are stable. */
  public enum Code {
    /** The field does not exist. */
    UNKNOWN_FIELD,
    /** The field is needed with these parameters. */
    MISSING_FIELD,
    /** The field has the wrong JSON type. */
    WRONG_TYPE,
    /** The field has a value that is not allowed. */
    BAD_VALUE,
    /** The field contradicts another field. */
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

  /** The kind of error. */
  public Code code() {
    return code;
  }

  /** The field's name. A field inside another has a dotted path, as in {@code mac.covers}. */
  public String field() {
    return field;
  }
}
