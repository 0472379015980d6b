package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

class FreshConnectionsTest {
  /** How the requests end, one after the other. */
  private final Deque<Callable<HttpExecuteResponse>> answers = new ArrayDeque<>();

  private final List<Pool> pools = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();
  private final FreshConnections connections = new FreshConnections(this::pool, later::add);

  @Test
  void keepsItsPoolAsLongAsNothingFails() throws IOException {
    answers.add(FreshConnectionsTest::ok);
    answers.add(FreshConnectionsTest::ok);
    request().call();
    request().call();
    assertThat(pools).hasSize(1);
  }

  @Test
  void asksOverANewPoolAfterAFailure() {
    answers.add(() -> {
      throw new IOException("reset");
    });
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> request().call());
    ExecutableHttpRequest next = request();
    assertThat(pools).hasSize(2);
    assertThat(pools.get(1).requests).isEqualTo(1);

    next.abort();
    assertThat(pools).as("a request that is given up counts, too").hasSize(3);
  }

  @Test
  void replacesAPoolOnceHoweverManyOfItsRequestsFail() {
    ExecutableHttpRequest one = request();
    ExecutableHttpRequest other = request();
    one.abort();
    other.abort();
    assertThat(pools).hasSize(2);
  }

  @Test
  void closesAPoolThatWasReplacedOnceNobodyUsesIt() {
    request().abort();
    assertThat(pools.getFirst().closed).isFalse();
    later.forEach(Runnable::run);
    assertThat(pools.getFirst().closed).isTrue();
    assertThat(pools.get(1).closed).isFalse();
  }

  @Test
  void closesAllPools() {
    request().abort();
    ExecutableHttpRequest last = request();
    connections.close();
    assertThat(pools).hasSize(2).allMatch(pool -> pool.closed);
    last.abort();
    assertThat(pools).hasSize(2);
  }

  @Test
  void theSdkRetriesWhatTheHttpClientDidNotExpect() {
    answers.add(() -> {
      throw new IllegalStateException("Endpoint not acquired / already released");
    });
    answers.add(FreshConnectionsTest::ok);
    try (DynamoDbClient client =
        DynamoDbClient.builder()
            .httpClient(connections)
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .build()) {
      assertThat(client.listTables().tableNames()).isEmpty();
    }
    assertThat(answers).isEmpty();
    assertThat(pools).hasSize(2);
  }

  private static HttpExecuteResponse ok() {
    return HttpExecuteResponse.builder()
        .response(SdkHttpFullResponse.builder().statusCode(200).build())
        .responseBody(AbortableInputStream.create(new ByteArrayInputStream(new byte[] {'{', '}'})))
        .build();
  }

  private ExecutableHttpRequest request() {
    return connections.prepareRequest(
        HttpExecuteRequest.builder()
            .request(
                SdkHttpRequest.builder()
                    .method(SdkHttpMethod.GET)
                    .uri(URI.create("http://localhost"))
                    .build())
            .build());
  }

  private SdkHttpClient pool() {
    Pool pool = new Pool();
    pools.add(pool);
    return pool;
  }

  private final class Pool implements SdkHttpClient {
    private int requests;
    private boolean closed;

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      requests++;
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() throws IOException {
          try {
            return answers.remove().call();
          } catch (IOException | RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
