package dev.keepwarm.jdbc;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.CredentialFields;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The source of a user and a password. Immutable and thread-safe. It caches nothing: each login is
 * the reader's current one. It does not close the reader.
 */
public final class LoginSource {
  /** Runs a function with a login, and again after a rejection. */
  private interface Chain {
    <T> T run(LoginUse<T> use) throws SQLException;
  }

  /** SQLState of a connection that could not be made. */
  private static final String NO_CONNECTION = "08001";

  private final Chain chain;

  private LoginSource(Chain chain) {
    this.chain = chain;
  }

  /**
   * A login from one credential: a JSON object with the fields {@code username} (or {@code user})
   * and {@code password}, as in AWS Secrets Manager.
   */
  public static LoginSource json(KeepwarmReader reader, CredentialId id) {
    return one(
        reader,
        id,
        credential -> {
          CredentialFields fields = credential.fields();
          return new DatabaseLogin(
              fields.text(fields.has("username") ? "username" : "user"), fields.text("password"));
        });
  }

  /** A login from one credential: a JSON object with these fields. */
  public static LoginSource json(
      KeepwarmReader reader, CredentialId id, String userField, String passwordField) {
    return one(
        reader,
        id,
        credential -> {
          CredentialFields fields = credential.fields();
          return new DatabaseLogin(fields.text(userField), fields.text(passwordField));
        });
  }

  /** A login of a fixed user, with a credential that is the password. */
  public static LoginSource password(KeepwarmReader reader, String user, CredentialId password) {
    return one(reader, password, credential -> new DatabaseLogin(user, credential.text()));
  }

  /**
   * A login from two credentials: the user and the password. After a rejection the user is fetched
   * again first, and then the password. So there may be four attempts to log in.
   */
  public static LoginSource pair(KeepwarmReader reader, CredentialId user, CredentialId password) {
    return new LoginSource(
        new Chain() {
          @Override
          public <T> T run(LoginUse<T> use) throws SQLException {
            return reader.<T, SQLException>withCredential(
                password,
                secret ->
                    reader.withCredential(
                        user, name -> use.apply(new DatabaseLogin(name.text(), secret.text()))));
          }
        });
  }

  /**
   * The reader's current login.
   *
   * @throws SQLException if the reader does not have it
   */
  public DatabaseLogin login() throws SQLException {
    return use(login -> login);
  }

  /**
   * Runs {@code use} with the login. If the database rejects the login, the reader fetches it
   * again, bypassing all caches. If that returns another login, {@code use} runs again with it. A
   * login counts as rejected if the SQLState begins with 28, or by the error codes of SQL Server
   * and Oracle.
   *
   * @throws SQLException the exception of {@code use}; if the reader could not fetch a newer login,
   *     its exception is suppressed in it. Or the reader's own failure: a {@link
   *     SQLTransientConnectionException} if a retry may help, otherwise a {@link
   *     SQLNonTransientConnectionException}
   */
  public <T> T use(LoginUse<T> use) throws SQLException {
    return use(use, RejectedLogins.STANDARD);
  }

  /**
   * Runs {@code use} with the login, as {@link #use(LoginUse)} does, with a test of your own for
   * rejections.
   *
   * @param isRejected whether an exception of {@code use} means that the login was not accepted
   */
  public <T> T use(LoginUse<T> use, Predicate<SQLException> isRejected) throws SQLException {
    try {
      return chain.run(login -> attempt(use, isRejected, login));
    } catch (CredentialRejectedException e) {
      throw reported(e);
    } catch (KeepwarmException e) {
      throw converted(e);
    }
  }

  private static LoginSource one(
      KeepwarmReader reader, CredentialId id, Function<Credential, DatabaseLogin> login) {
    return new LoginSource(
        new Chain() {
          @Override
          public <T> T run(LoginUse<T> use) throws SQLException {
            return reader.withCredential(id, credential -> use.apply(login.apply(credential)));
          }
        });
  }

  private static <T> T attempt(
      LoginUse<T> use, Predicate<SQLException> isRejected, DatabaseLogin login)
      throws SQLException {
    try {
      return use.apply(login);
    } catch (SQLException e) {
      if (isRejected.test(e)) {
        throw new CredentialRejectedException("the database did not accept the login", e);
      }
      throw e;
    }
  }

  /** The database's exception, with the reason why there is no other login as suppressed. */
  private static SQLException reported(CredentialRejectedException rejection) {
    if (!(rejection.getCause() instanceof SQLException said)) {
      return new SQLNonTransientConnectionException(
          "the login was rejected", NO_CONNECTION, rejection);
    }
    for (Throwable why : rejection.getSuppressed()) {
      said.addSuppressed(why);
    }
    return said;
  }

  private static SQLException converted(KeepwarmException failure) {
    return failure.code() == ErrorCode.UNAVAILABLE || failure.code() == ErrorCode.TIMEOUT
        ? new SQLTransientConnectionException(failure.getMessage(), NO_CONNECTION, failure)
        : new SQLNonTransientConnectionException(failure.getMessage(), NO_CONNECTION, failure);
  }
}
