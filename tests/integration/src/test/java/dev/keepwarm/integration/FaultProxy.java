package dev.keepwarm.integration;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A proxy between clients and one HTTP endpoint on loopback that applies a fault to each request.
 * Each connection carries one request, so that a fault hits exactly one. Thread-safe.
 */
final class FaultProxy implements AutoCloseable {
  /** The fault of one request. */
  enum Fault {
    /** Nothing. */
    PASS,
    /** It takes {@link #LATENCY} longer. */
    SLOW,
    /** The connection is reset, and the endpoint never gets the request. */
    RESET,
    /** The endpoint handles it, and the connection is reset before the answer. */
    LOST_ANSWER,
    /** The endpoint handles it, and half of the answer arrives. */
    HALF_ANSWER,
    /** It is throttled, and the endpoint never gets it. */
    THROTTLED
  }

  /**
   * Shorter than any client's timeout, and long enough that many calls in sequence take too long.
   */
  static final Duration LATENCY = Duration.ofMillis(300);

  private static final String THROTTLING =
      "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}";

  private final InetSocketAddress upstream;
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> operations = new ConcurrentHashMap<>();
  private final AtomicInteger disturbed = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Function<String, Fault> faults = operation -> Fault.PASS;
  private volatile Consumer<byte[]> tap = bytes -> {};

  private FaultProxy(URI upstream, ServerSocket server) {
    this.upstream = new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream.getPort());
    this.server = server;
  }

  /** A proxy without faults. */
  static FaultProxy to(String upstream) {
    try {
      FaultProxy proxy =
          new FaultProxy(
              URI.create(upstream), new ServerSocket(0, 200, InetAddress.getLoopbackAddress()));
      Thread.ofVirtual().name("fault proxy").start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where clients connect. */
  String endpoint() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /**
   * Sets the fault of every request from now on.
   *
   * @param value called with the operation, such as {@code GetItem}, from many threads at once
   */
  void fault(Function<String, Fault> value) {
    faults = value;
  }

  /**
   * Sets a listener that receives every request and every answer completely.
   *
   * @param value called from many threads at once
   */
  void tap(Consumer<byte[]> value) {
    tap = value;
  }

  /** How many requests had a fault so far. */
  int disturbed() {
    return disturbed.get();
  }

  /** How many requests for an operation came, so far; {@code Invoke} for Lambda. */
  int count(String operation) {
    AtomicInteger count = operations.get(operation);
    return count == null ? 0 : count.get();
  }

  /** How many requests for each operation came, so far. */
  Map<String, Integer> counts() {
    Map<String, Integer> counts = new HashMap<>();
    operations.forEach((operation, count) -> counts.put(operation, count.get()));
    return counts;
  }

  /** Cuts all connections in progress. */
  void cut() {
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException e) {
        // The connection is closed already.
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // The proxy is closed, or the machine lacks a resource, which the next accept reports
        // again.
      }
    }
  }

  private void serve(Socket client) {
    open.add(client);
    try (client) {
      Request request = Request.read(new BufferedInputStream(client.getInputStream()));
      operations
          .computeIfAbsent(request.operation(), name -> new AtomicInteger())
          .incrementAndGet();
      Fault fault = faults.apply(request.operation());
      if (fault != Fault.PASS) {
        disturbed.incrementAndGet();
      }
      byte[] answer =
          switch (fault) {
            case RESET -> new byte[0];
            case THROTTLED -> throttling();
            case SLOW -> {
              boolean unused = closed.await(LATENCY.toMillis(), TimeUnit.MILLISECONDS);
              yield forward(request);
            }
            case PASS, LOST_ANSWER, HALF_ANSWER -> forward(request);
          };
      int length =
          switch (fault) {
            case LOST_ANSWER -> 0;
            case HALF_ANSWER -> answer.length / 2;
            default -> answer.length;
          };
      client.getOutputStream().write(answer, 0, length);
      client.getOutputStream().flush();
      if (length < answer.length || length == 0) {
        // With a linger time of 0, closing resets the connection.
        client.setSoLinger(true, 0);
      }
    } catch (IOException e) {
      // One side has closed the connection, and the other side notices.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  private static byte[] throttling() {
    return ("HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\n"
            + "x-amzn-ErrorType: ThrottlingException\r\nConnection: close\r\nContent-Length: "
            + THROTTLING.length()
            + "\r\n\r\n"
            + THROTTLING)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] forward(Request request) throws IOException {
    try (Socket socket = new Socket()) {
      open.add(socket);
      try {
        socket.connect(upstream);
        socket.getOutputStream().write(request.bytes());
        socket.getOutputStream().flush();
        byte[] answer = socket.getInputStream().readAllBytes();
        tap.accept(request.bytes());
        tap.accept(answer);
        return closing(answer);
      } finally {
        open.remove(socket);
      }
    }
  }

  /** Adds {@code Connection: close} to an answer. */
  private static byte[] closing(byte[] answer) {
    int head = 0;
    while (head < answer.length && answer[head] != '\n') {
      head++;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(answer, 0, Math.min(head + 1, answer.length));
    all.writeBytes("Connection: close\r\n".getBytes(StandardCharsets.US_ASCII));
    all.write(answer, head + 1, Math.max(0, answer.length - head - 1));
    return all.toByteArray();
  }

  /**
   * One request as it is forwarded: with {@code Connection: close}.
   *
   * @param operation of AWS
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Request(String operation, byte[] bytes) {
    static Request read(InputStream in) throws IOException {
      ByteArrayOutputStream forwarded = new ByteArrayOutputStream();
      String first = line(in);
      forwarded.writeBytes((first + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      String operation = first.contains("/invocations") ? "Invoke" : first;
      int length = 0;
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        String name = line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
        String value = line.substring(line.indexOf(':') + 1).strip();
        switch (name) {
          case "content-length" -> length = Integer.parseInt(value);
          case "x-amz-target" -> operation = value.substring(value.lastIndexOf('.') + 1);
          case "transfer-encoding", "expect" ->
              throw new IOException("this proxy does not know " + name);
          default -> {
            // Other headers are only forwarded.
          }
        }
        if (!name.equals("connection")) {
          forwarded.writeBytes((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }
      }
      forwarded.writeBytes("Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      forwarded.writeBytes(in.readNBytes(length));
      return new Request(operation, forwarded.toByteArray());
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException();
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }
  }
}
