package dev.keepwarm.demo;

import dev.keepwarm.reader.KeepwarmReader;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Lets readers print their metrics every second, and once more at the end. Thread-safe. */
final class MetricsPrinter implements AutoCloseable {
  private final List<KeepwarmReader> readers;
  private final PrintStream out;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("keepwarm-demo-metrics").factory());

  private MetricsPrinter(List<KeepwarmReader> readers, PrintStream out) {
    this.readers = readers;
    this.out = out;
  }

  /** Begins to print. Must be closed before the readers. */
  static MetricsPrinter of(List<KeepwarmReader> readers, PrintStream out) {
    MetricsPrinter metrics = new MetricsPrinter(readers, out);
    var unused = metrics.thread.scheduleWithFixedDelay(metrics::print, 1, 1, TimeUnit.SECONDS);
    return metrics;
  }

  private void print() {
    readers.forEach(reader -> reader.printMetrics(out));
  }

  @Override
  public void close() {
    thread.close();
    print();
  }
}
