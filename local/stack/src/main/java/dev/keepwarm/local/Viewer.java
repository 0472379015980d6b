package dev.keepwarm.local;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;

/** Shows a deployment to a person. The command line implements it. */
@FunctionalInterface
public interface Viewer {
  /**
   * Begins to show a deployment.
   *
   * @param environment the variables that name the deployment
   * @param write whether the person may change the deployment
   * @param open whether to open a browser
   * @throws IOException if no port can be opened
   */
  Shown show(Map<String, String> environment, boolean write, boolean open) throws IOException;

  /**
   * A running view, until it is closed.
   *
   * @param address the address for a browser, which is a secret
   * @param readers the stream to which readers print their metrics to be shown; it ignores other
   *     lines
   * @param end closes the view
   */
  record Shown(String address, PrintStream readers, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }

    /** Without the address, which is a secret. */
    @Override
    public String toString() {
      return "Shown";
    }
  }
}
