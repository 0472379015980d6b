package dev.keepwarm.emulator.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process's memory, as Linux reports it. */
public final class Memory {
  private static final String PEAK = "VmHWM:";

  private Memory() {}

  /**
   * The peak resident memory of a process, in bytes; 0 if it has ended, or on systems without
   * {@code /proc}.
   */
  public static long peak(Process process) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", process.pid() + "", "status"))) {
        if (line.startsWith(PEAK)) {
          String kilobytes = line.substring(PEAK.length()).replace("kB", "").strip();
          return Long.parseLong(kilobytes) * 1024;
        }
      }
    } catch (IOException e) {
      // The process has ended.
    }
    return 0;
  }
}
