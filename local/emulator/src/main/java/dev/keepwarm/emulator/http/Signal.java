package dev.keepwarm.emulator.http;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Signals that stop and continue a process, which Java itself cannot send. Linux and macOS have
 * different numbers.
 */
public enum Signal {
  /** Freezes. */
  STOP(19, 17),
  /** Thaws. */
  CONT(18, 19);

  private static final boolean MAC = System.getProperty("os.name").startsWith("Mac");

  private final int linux;
  private final int mac;

  Signal(int linux, int mac) {
    this.linux = linux;
    this.mac = mac;
  }

  /** Sends the signal, unless the process has ended. */
  public void send(Process process) {
    if (process.isAlive()) {
      try {
        int unused = (int) Kill.HANDLE.invokeExact((int) process.pid(), MAC ? mac : linux);
      } catch (Throwable e) {
        throw new IllegalStateException("kill(2) cannot be called", e);
      }
    }
  }

  /** Looked up on first use, because few functions are frozen. */
  private static final class Kill {
    private static final MethodHandle HANDLE =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().find("kill").orElseThrow(),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }
}
