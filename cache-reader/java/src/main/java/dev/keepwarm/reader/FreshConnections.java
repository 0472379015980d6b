package dev.keepwarm.reader;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * HTTP connections that are all replaced once one of them has failed. In a freeze a network drops
 * connections without a word, and all of a pool at once: if each attempt took the next dead one,
 * none would be answered in time. So the attempt after one that failed has a new connection.
 *
 * <p>What a given up request fails with is always an {@link IOException}, which the SDK retries.
 * Thread-safe.
 */
final class FreshConnections implements SdkHttpClient {
  private final Supplier<SdkHttpClient> maker;
  private final Consumer<Runnable> later;
  private final Set<SdkHttpClient> retired = ConcurrentHashMap.newKeySet();
  private SdkHttpClient current;
  private boolean closed;

  /**
   * Connections of one pool at a time.
   *
   * @param maker makes a pool
   * @param later runs something once no call that has begun by now is in progress any more
   */
  FreshConnections(Supplier<SdkHttpClient> maker, Consumer<Runnable> later) {
    this.maker = maker;
    this.later = later;
    this.current = maker.get();
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    SdkHttpClient pool = pool();
    return new Request(pool, pool.prepareRequest(request));
  }

  @Override
  public String clientName() {
    return pool().clientName();
  }

  @Override
  public synchronized void close() {
    closed = true;
    current.close();
    retired.forEach(SdkHttpClient::close);
    retired.clear();
  }

  private synchronized SdkHttpClient pool() {
    return current;
  }

  private synchronized void replace(SdkHttpClient failed) {
    if (closed || current != failed) {
      return;
    }
    current = maker.get();
    retired.add(failed);
    later.accept(() -> {
      if (retired.remove(failed)) {
        failed.close();
      }
    });
  }

  private final class Request implements ExecutableHttpRequest {
    private final SdkHttpClient pool;
    private final ExecutableHttpRequest request;

    Request(SdkHttpClient pool, ExecutableHttpRequest request) {
      this.pool = pool;
      this.request = request;
    }

    @Override
    public HttpExecuteResponse call() throws IOException {
      try {
        return request.call();
      } catch (IOException e) {
        replace(pool);
        throw e;
      } catch (RuntimeException e) {
        // Apache's client, if it is given up while it connects: a state that it did not expect.
        replace(pool);
        throw new IOException("the request was aborted", e);
      }
    }

    @Override
    public void abort() {
      replace(pool);
      request.abort();
    }
  }
}
