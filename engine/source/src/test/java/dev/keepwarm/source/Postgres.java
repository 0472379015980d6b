package dev.keepwarm.source;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Assumptions;

/** A real PostgreSQL of its own, with a role that needs its password. Not thread-safe. */
public final class Postgres implements AutoCloseable {
  /** The role that may only read what it is granted. */
  public static final String USER = "keepwarm_reader";

  /** Its password. */
  public static final String PASSWORD = "invented-p@ss word";

  private final EmbeddedPostgres server;
  private final Connection superuser;

  private Postgres(EmbeddedPostgres server, Connection superuser) {
    this.server = server;
    this.superuser = superuser;
  }

  /** Starts it; skips the test class if it cannot run on this machine. */
  public static Postgres start() throws SQLException, IOException {
    EmbeddedPostgres server;
    try {
      // As root it creates a user namespace, because PostgreSQL refuses to run as root.
      server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
    } catch (IOException | RuntimeException e) {
      Assumptions.abort("PostgreSQL does not start here: " + e);
      throw new AssertionError(e);
    }
    Postgres postgres = new Postgres(server, server.getPostgresDatabase().getConnection());
    postgres.execute("CREATE ROLE " + USER + " LOGIN PASSWORD '" + PASSWORD + "'");
    postgres.demandPassword();
    return postgres;
  }

  /** A URL without user and password. */
  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres";
  }

  /** Runs a statement as superuser. */
  public void execute(String sql, Object... parameters) {
    try (PreparedStatement statement = superuser.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.execute();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws SQLException, IOException {
    superuser.close();
    server.close();
  }

  /** The embedded server trusts all users on loopback, so this requires a password. */
  private void demandPassword() throws SQLException, IOException {
    try (Statement statement = superuser.createStatement();
        ResultSet results = statement.executeQuery("SHOW hba_file")) {
      results.next();
      Path rules = Path.of(results.getString(1));
      Files.writeString(
          rules, "host all " + USER + " 127.0.0.1/32 scram-sha-256\n" + Files.readString(rules));
    }
    execute("SELECT pg_reload_conf()");
  }
}
