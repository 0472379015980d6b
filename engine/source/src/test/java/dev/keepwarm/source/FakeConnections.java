package dev.keepwarm.source;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Connections that have no state except alive and closed. Not thread-safe. */
final class FakeConnections implements Supplier<Connection> {
  private final List<Fake> opened = new ArrayList<>();

  /** One of them. */
  static final class Fake {
    boolean alive = true;
    boolean closed;
    int checks;
    final Connection connection =
        (Connection)
            Proxy.newProxyInstance(
                Fake.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "isValid" -> {
                        checks++;
                        yield alive;
                      }
                      case "close" -> {
                        closed = true;
                        yield null;
                      }
                      default -> throw new AssertionError(method);
                    });
  }

  @Override
  public Connection get() {
    Fake fake = new Fake();
    opened.add(fake);
    return fake.connection;
  }

  List<Fake> opened() {
    return opened;
  }
}
