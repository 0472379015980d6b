package dev.keepwarm.source;

import dev.keepwarm.core.internal.Versions;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a version is read from a column. The column's type decides. */
enum JdbcVersion {
  /** Any exact numeric type; a number with a fractional part is not a version. */
  NUMBER {
    @Override
    @Nullable Long number(ResultSet results, int column) throws SQLException {
      BigDecimal number = results.getBigDecimal(column);
      return number == null ? null : number.longValueExact();
    }
  },
  /** SQL Server's {@code rowversion}: 8 bytes, big endian. */
  ROW_VERSION {
    @Override
    @Nullable Long number(ResultSet results, int column) throws SQLException {
      byte[] bytes = results.getBytes(column);
      return bytes == null || bytes.length != Long.BYTES ? null : ByteBuffer.wrap(bytes).getLong();
    }
  },
  /** A timestamp without a zone, taken as UTC: microseconds since the epoch. */
  LOCAL_TIME {
    @Override
    @Nullable Long number(ResultSet results, int column) throws SQLException {
      LocalDateTime time = results.getObject(column, LocalDateTime.class);
      return time == null ? null : micros(time.toInstant(ZoneOffset.UTC));
    }
  },
  /** A timestamp with a zone: microseconds since the epoch. */
  OFFSET_TIME {
    @Override
    @Nullable Long number(ResultSet results, int column) throws SQLException {
      OffsetDateTime time = results.getObject(column, OffsetDateTime.class);
      return time == null ? null : micros(time.toInstant());
    }
  };

  /** {@code datetimeoffset}, of SQL Server's driver. */
  private static final int MICROSOFT_DATETIMEOFFSET = -155;

  /** How a column of this type is read; null if it cannot be a version. */
  static @Nullable JdbcVersion of(int type, String typeName) {
    return switch (type) {
      case Types.TINYINT,
          Types.SMALLINT,
          Types.INTEGER,
          Types.BIGINT,
          Types.NUMERIC,
          Types.DECIMAL ->
          NUMBER;
      case Types.BINARY, Types.VARBINARY -> ROW_VERSION;
      case Types.TIMESTAMP_WITH_TIMEZONE, MICROSOFT_DATETIMEOFFSET -> OFFSET_TIME;
      // PostgreSQL's driver tells the two apart by name only.
      case Types.TIMESTAMP ->
          typeName.toLowerCase(Locale.ROOT).equals("timestamptz") ? OFFSET_TIME : LOCAL_TIME;
      default -> null;
    };
  }

  /** The version in a row; null if there is none from 0 to {@link Versions#MAX}. */
  @Nullable Long read(ResultSet results, int column) throws SQLException {
    try {
      Long number = number(results, column);
      return number == null || !Versions.isValid(number) ? null : number;
    } catch (ArithmeticException e) {
      return null;
    }
  }

  /** Whether the version is a time, in microseconds since the epoch. */
  boolean isTime() {
    return this == LOCAL_TIME || this == OFFSET_TIME;
  }

  /** The number in a row, of any size; null if there is none. */
  abstract @Nullable Long number(ResultSet results, int column) throws SQLException;

  private static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }
}
