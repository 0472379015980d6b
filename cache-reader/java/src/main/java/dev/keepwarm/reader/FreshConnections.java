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
 * HTTP connections that are all replaced once one of them has failed. During a freeze, the network
 * silently drops all connections of a pool. If each attempt took the next dead connection, none
 * would be answered in time. So the attempt after a failed one gets a new connection.
 *
 * <p>A request that is aborted always fails with an {@link IOException}, which the SDK retries.
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
   * @param later runs a task once all calls that are now in progress have ended
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
        // Apache's client throws this if it is aborted while it connects.
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
