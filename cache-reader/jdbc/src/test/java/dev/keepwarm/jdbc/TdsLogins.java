package dev.keepwarm.jdbc;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server that answers the first two messages of SQL Server's protocol, which log in, and no
 * other: [MS-TDS] PRELOGIN and LOGIN7, without TLS. Accepts one password.
 */
final class TdsLogins implements AutoCloseable {
  private static final int RESPONSE = 4;
  private static final int ENCRYPTION_NOT_SUPPORTED = 2;

  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<String> tried = new CopyOnWriteArrayList<>();
  private final String password;

  TdsLogins(String password) throws IOException {
    this.password = password;
    Thread.startVirtualThread(this::serve);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** User and password of each attempt. */
  List<String> tried() {
    return List.copyOf(tried);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void serve() {
    try {
      while (true) {
        Socket client = socket.accept();
        Thread.startVirtualThread(() -> logIn(client));
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private void logIn(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      read(in);
      send(client, prelogin());
      ByteBuffer login = ByteBuffer.wrap(read(in)).order(ByteOrder.LITTLE_ENDIAN);
      String given = clear(text(login, 44));
      tried.add(new String(text(login, 40), StandardCharsets.UTF_16LE) + " " + given);
      send(client, given.equals(password) ? accepted() : rejected());
      // The driver closes first.
      int ended = in.read();
    } catch (IOException e) {
      // The driver closed its side.
    }
  }

  /** A whole message, which may come in several packets. */
  private static byte[] read(DataInputStream in) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    int status;
    do {
      in.readByte();
      status = in.readUnsignedByte();
      int length = in.readUnsignedShort();
      in.skipNBytes(4);
      message.write(in.readNBytes(length - 8));
    } while ((status & 1) == 0);
    return message.toByteArray();
  }

  private static void send(Socket client, byte[] body) throws IOException {
    ByteBuffer packet = ByteBuffer.allocate(8 + body.length);
    packet.put((byte) RESPONSE).put((byte) 1).putShort((short) (8 + body.length));
    packet.putShort((short) 0).put((byte) 1).put((byte) 0).put(body);
    OutputStream out = client.getOutputStream();
    out.write(packet.array());
    out.flush();
  }

  /** The bytes of a text whose place and length stand at {@code at}. */
  private static byte[] text(ByteBuffer login, int at) {
    byte[] bytes = new byte[2 * login.getShort(at + 2)];
    login.get(login.getShort(at), bytes);
    return bytes;
  }

  /** A password is sent with its half-bytes swapped, after an exclusive or. */
  private static String clear(byte[] hidden) {
    byte[] bytes = hidden.clone();
    for (int i = 0; i < bytes.length; i++) {
      int swapped = (bytes[i] & 0xFF) ^ 0xA5;
      bytes[i] = (byte) (swapped << 4 | swapped >> 4);
    }
    return new String(bytes, StandardCharsets.UTF_16LE);
  }

  private static byte[] prelogin() {
    ByteBuffer body = ByteBuffer.allocate(18);
    body.put((byte) 0).putShort((short) 11).putShort((short) 6);
    body.put((byte) 1).putShort((short) 17).putShort((short) 1);
    body.put((byte) 0xFF);
    // Version 16.0.1000.
    body.put((byte) 16).put((byte) 0).putShort((short) 1000).putShort((short) 0);
    return body.put((byte) ENCRYPTION_NOT_SUPPORTED).array();
  }

  private static byte[] accepted() {
    byte[] name = "Microsoft SQL Server".getBytes(StandardCharsets.UTF_16LE);
    ByteBuffer body = buffer();
    body.put((byte) 0xAD).putShort((short) (10 + name.length)).put((byte) 1);
    body.put(new byte[] {0x74, 0, 0, 4}).put((byte) (name.length / 2)).put(name);
    body.put(new byte[] {16, 0, 3, (byte) 0xE8});
    return done(body, 0);
  }

  private static byte[] rejected() {
    byte[] message = "Login failed for user 'app'.".getBytes(StandardCharsets.UTF_16LE);
    ByteBuffer body = buffer();
    body.put((byte) 0xAA).putShort((short) (14 + message.length));
    body.putInt(18456).put((byte) 1).put((byte) 14);
    body.putShort((short) (message.length / 2)).put(message);
    body.put((byte) 0).put((byte) 0).putInt(1);
    return done(body, 2);
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] done(ByteBuffer body, int status) {
    body.put((byte) 0xFD).putShort((short) status).putShort((short) 0).putLong(0);
    byte[] bytes = new byte[body.position()];
    body.get(0, bytes);
    return bytes;
  }
}
