package dev.keepwarm.bench.unaided;

import java.io.IOException;
import java.net.URI;
import java.util.Map;

/** Sends HTTP requests and waits for their answers. Thread-safe. */
interface Wire {
  /**
   * Posts.
   *
   * @param headers all but {@code Host} and {@code Content-Length}
   */
  Answer post(URI endpoint, Map<String, String> headers, byte[] body) throws IOException;

  /** An answer, whatever its status. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(int status, byte[] body) {
    @Override
    public String toString() {
      return "Answer[" + status + "]";
    }
  }
}
