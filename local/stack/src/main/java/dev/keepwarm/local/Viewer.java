package dev.keepwarm.local;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;

/** Shows a deployment to a person. The command line has one; nothing here knows how it does it. */
@FunctionalInterface
public interface Viewer {
  /**
   * Begins to show.
   *
   * @param environment what names the deployment
   * @param write whether the person may change it
   * @param open whether to open a browser
   * @throws IOException if there is no port for it
   */
  Shown show(Map<String, String> environment, boolean write, boolean open) throws IOException;

  /**
   * What is shown, until it is closed.
   *
   * @param address where a browser finds it; a secret of whoever has asked
   * @param readers where readers print their metrics, to be shown; it takes the lines of anybody
   *     else, too, and forgets them
   * @param end ends it
   */
  record Shown(String address, PrintStream readers, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }

    /** Says nothing of the address. */
    @Override
    public String toString() {
      return "Shown";
    }
  }
}
