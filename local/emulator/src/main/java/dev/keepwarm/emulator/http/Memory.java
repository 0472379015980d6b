package dev.keepwarm.emulator.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says of a process's memory. */
public final class Memory {
  private static final String PEAK = "VmHWM:";

  private Memory() {}

  /**
   * The most resident memory that a process ever had, in bytes; 0 if it is gone, or where there is
   * no {@code /proc}.
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
      // It is gone.
    }
    return 0;
  }
}
