package dev.keepwarm.reader;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a client and a server on loopback, and can drop connections as a network does in a
 * freeze: silently, without telling either side. Thread-safe.
 */
final class SilentProxy implements AutoCloseable {
  private final InetSocketAddress upstream;
  private final ServerSocket server;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();

  private record Connection(Socket client, Socket server, boolean[] dropped) {}

  SilentProxy(InetSocketAddress upstream) throws IOException {
    this.upstream = upstream;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** How many connections there have been. */
  int accepted() {
    return accepted.get();
  }

  /** Stops forwarding data on all connections that are open now. */
  void dropAll() {
    connections.forEach(connection -> {
      synchronized (connection.dropped()) {
        connection.dropped()[0] = true;
      }
    });
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Connection connection : connections) {
      connection.client().close();
      connection.server().close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Socket to = new Socket(upstream.getAddress(), upstream.getPort());
        Connection connection = new Connection(client, to, new boolean[1]);
        connections.add(connection);
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> forward(connection, client, to));
        Thread.ofVirtual().start(() -> forward(connection, to, client));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private static void forward(Connection connection, Socket from, Socket to) {
    byte[] buffer = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        synchronized (connection.dropped()) {
          if (!connection.dropped()[0]) {
            out.write(buffer, 0, length);
          }
        }
      }
    } catch (IOException e) {
      // One of the two sides has closed the connection.
    }
  }
}
