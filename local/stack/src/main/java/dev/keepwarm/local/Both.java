package dev.keepwarm.local;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** An output stream that writes to two others. Thread-safe if they are. */
final class Both extends OutputStream {
  private final PrintStream first;
  private final PrintStream second;

  private Both(PrintStream first, PrintStream second) {
    this.first = first;
    this.second = second;
  }

  static PrintStream of(PrintStream first, PrintStream second) {
    return new PrintStream(new Both(first, second), true, StandardCharsets.UTF_8);
  }

  @Override
  public void write(int b) {
    first.write(b);
    second.write(b);
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    first.write(bytes, from, length);
    second.write(bytes, from, length);
  }

  @Override
  public void flush() {
    first.flush();
    second.flush();
  }
}
