package dev.keepwarm.bench.starts;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * Terminates TLS 1.3 for one loopback endpoint, and passes all bytes in both directions. Two
 * threads per connection. Thread-safe.
 */
final class TlsProxy implements AutoCloseable {
  private final SSLServerSocket server;
  private final URI target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private TlsProxy(SSLServerSocket server, URI target) {
    this.server = server;
    this.target = target;
  }

  /**
   * Begins to listen on any free port of 127.0.0.1.
   *
   * @param target an {@code http} URI with a port
   */
  static TlsProxy before(URI target, SSLContext context) throws IOException {
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 0, InetAddress.getByName("127.0.0.1"));
    server.setEnabledProtocols(new String[] {"TLSv1.3"});
    TlsProxy proxy = new TlsProxy(server, target);
    Thread.ofPlatform().daemon().name("tls-proxy").start(proxy::accept);
    return proxy;
  }

  /** Where clients connect. */
  URI endpoint() {
    return URI.create("https://127.0.0.1:" + server.getLocalPort());
  }

  /** Closes connections. */
  @Override
  public void close() {
    closeQuietly(server);
    open.forEach(TlsProxy::closeQuietly);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(client));
      } catch (IOException e) {
        // Closed, or a client that was gone before it was served.
      }
    }
  }

  private void serve(Socket client) {
    Socket endpoint = null;
    try {
      endpoint = new Socket(target.getHost(), target.getPort());
      open.add(client);
      open.add(endpoint);
      client.setTcpNoDelay(true);
      endpoint.setTcpNoDelay(true);
      Socket answering = endpoint;
      Thread.ofPlatform().daemon().start(() -> copy(answering, client));
      copy(client, endpoint);
    } catch (IOException e) {
      closeQuietly(client);
      closeQuietly(endpoint);
    }
  }

  /** Copies until one of the two is closed; then closes both. */
  private void copy(Socket from, Socket to) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] buffer = new byte[16 * 1024];
      int length;
      while ((length = in.read(buffer)) > 0) {
        out.write(buffer, 0, length);
      }
    } catch (IOException e) {
      // The function's process has ended, as at the end of every start.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void closeQuietly(@Nullable AutoCloseable closing) {
    try {
      if (closing != null) {
        closing.close();
      }
    } catch (Exception e) {
      // The socket is not used any more.
    }
  }
}
