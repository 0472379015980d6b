package dev.keepwarm.bench.unaided;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * HTTP/1.1 over the JDK's sockets, and TLS by the JDK's: one connection an endpoint, one request at
 * a time, no attempts after the first. Thread-safe.
 */
final class SocketWire implements Wire {
  private final Map<URI, Connection> connections = new HashMap<>();

  @Override
  public synchronized Answer post(URI endpoint, Map<String, String> headers, byte[] body)
      throws IOException {
    Connection connection = connections.get(endpoint);
    if (connection == null) {
      connection = new Connection(connect(endpoint));
      connections.put(endpoint, connection);
    }
    StringBuilder head = new StringBuilder("POST / HTTP/1.1\r\n");
    head.append("Host: ").append(endpoint.getAuthority()).append("\r\n");
    head.append("Content-Length: ").append(body.length).append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("\r\n");
    return connection.exchange(head.toString().getBytes(StandardCharsets.US_ASCII), body);
  }

  private static Socket connect(URI endpoint) throws IOException {
    if (endpoint.getScheme().equals("http")) {
      return new Socket(endpoint.getHost(), endpoint.getPort());
    }
    SSLSocket socket =
        (SSLSocket)
            SSLSocketFactory.getDefault().createSocket(endpoint.getHost(), endpoint.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  /** One connection, used by one thread at a time. */
  private static final class Connection {
    private final Socket socket;
    private final InputStream in;

    Connection(Socket socket) throws IOException {
      socket.setTcpNoDelay(true);
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
    }

    Answer exchange(byte[] head, byte[] body) throws IOException {
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.write(head);
      request.write(body);
      socket.getOutputStream().write(request.toByteArray());
      // HTTP/1.1 200 OK
      int status = Integer.parseInt(line().substring(9, 12));
      int length = 0;
      boolean chunked = false;
      for (String header = line(); !header.isEmpty(); header = line()) {
        String lower = header.toLowerCase(Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          length = Integer.parseInt(lower.substring(15).strip());
        } else if (lower.startsWith("transfer-encoding:")) {
          chunked = lower.endsWith("chunked");
        }
      }
      return new Answer(status, chunked ? chunks() : in.readNBytes(length));
    }

    private byte[] chunks() throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      int length;
      do {
        length = Integer.parseInt(line(), 16);
        body.write(in.readNBytes(length));
        line();
      } while (length > 0);
      return body.toByteArray();
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int read = in.read(); read != '\n'; read = in.read()) {
        if (read < 0) {
          throw new EOFException();
        }
        if (read != '\r') {
          line.append((char) read);
        }
      }
      return line.toString();
    }
  }
}
