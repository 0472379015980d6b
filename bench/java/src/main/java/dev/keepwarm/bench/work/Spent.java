package dev.keepwarm.bench.work;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Table;
import java.lang.management.ManagementFactory;

/** The CPU time and the allocations of this process in the rounds of one variant. */
final class Spent {
  private final double[] perSecond;
  private final double[] kilobytes;

  /** Makes it for so many rounds. */
  Spent(int rounds) {
    perSecond = new double[rounds];
    kilobytes = new double[rounds];
  }

  /** Runs a round of some credentials; one below 0 is not counted. */
  void spend(Runnable work, int round, int credentials) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long cpu = system.getProcessCpuTime();
    long bytes = threads.getTotalThreadAllocatedBytes();
    work.run();
    long allocated = threads.getTotalThreadAllocatedBytes() - bytes;
    double seconds = (system.getProcessCpuTime() - cpu) / 1e9;
    if (round >= 0) {
      perSecond[round] = credentials / seconds;
      kilobytes[round] = allocated / 1e3 / credentials;
    }
  }

  /** Adds the row of the variant. */
  void row(Table table, String id, String label) {
    table.row(id, label, perSecond).with("allocated, kB each", Figures.median(kilobytes));
  }
}
