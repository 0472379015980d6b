package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.TenantState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** Cases that the contract kit cannot produce with a working table. */
final class DynamoSourceTest {
  private final FakeDynamo client = new FakeDynamo();
  private final DynamoSource source = new DynamoSource(client, "credentials");

  @Test
  void goesOnWhereThePageBeforeEnded() {
    for (Map<String, AttributeValue> key :
        List.of(key("acme", "db"), key("1:2", "3:4"), key("é:b", "\n"), key("a", "x".repeat(99)))) {
      client.last = key;
      Source.TenantPage page = source.tenants(null, 10);
      client.last = Map.of();

      Source.TenantPage unused = source.tenants(page.next(), 10);

      assertThat(client.scans.getLast().exclusiveStartKey()).isEqualTo(key);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", "acme", "4:acme", "0:name", "9:acme", "-1:acme", "x:acme", "99999:acme"})
  void beginsAnewAtAPositionOfAnotherSource(String position) {
    Source.TenantPage page = source.tenants(position, 10);

    assertThat(page.next()).isNull();
    assertThat(client.scans.getLast().exclusiveStartKey()).isEmpty();
  }

  @Test
  void leavesOutTenantsOutsideTheGrammar() {
    client.items = List.of(key("a b", "x"), key("acme", "x"), key("acme", "y"));

    assertThat(source.tenants(null, 10).tenants()).containsExactly("acme");
  }

  @Test
  void neverReturnsAPartOfATenant() {
    client.failsAfterFirstPage = true;

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> source.readTenant("acme"))
        .withMessageContaining("cannot query table credentials")
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
    assertThat(client.queries).allMatch(QueryRequest::consistentRead);
  }

  @Test
  void comparesNamesAndVersionsAtHalfThePrice() {
    client.items =
        List.of(
            Map.of("name", AttributeValue.fromS("db"), "version", AttributeValue.fromN("7")),
            Map.of("name", AttributeValue.fromS("no name!"), "version", AttributeValue.fromN("1")),
            Map.of("name", AttributeValue.fromS("odd"), "version", AttributeValue.fromS("7")));
    client.failsAfterFirstPage = true;
    client.pages = 1;
    Map<String, @Nullable Long> versions = new HashMap<>();
    versions.put("db", 7L);
    versions.put("odd", null);

    TenantState state = source.compare(Set.of("acme")).get("acme");

    assertThat(state.digest()).isEqualTo(TenantState.ofVersions(versions).digest());
    QueryRequest request = client.queries.getFirst();
    assertThat(request.consistentRead()).isNotEqualTo(true);
    assertThat(request.projectionExpression()).isEqualTo("#name, #version");
    assertThat(source.depth()).isEqualTo(TenantState.Depth.VERSIONS);
  }

  private static Map<String, AttributeValue> key(String tenant, String name) {
    return Map.of("tenant", AttributeValue.fromS(tenant), "name", AttributeValue.fromS(name));
  }

  private static final class FakeDynamo implements DynamoDbClient {
    final List<ScanRequest> scans = new ArrayList<>();
    Map<String, AttributeValue> last = Map.of();
    List<Map<String, AttributeValue>> items = List.of();
    final List<QueryRequest> queries = new ArrayList<>();
    boolean failsAfterFirstPage;
    int pages = 2;

    @Override
    public ScanResponse scan(ScanRequest request) {
      scans.add(request);
      return ScanResponse.builder().items(items).lastEvaluatedKey(last).build();
    }

    @Override
    public QueryResponse query(QueryRequest request) {
      queries.add(request);
      if (!request.exclusiveStartKey().isEmpty() && failsAfterFirstPage) {
        throw SdkClientException.create("connection reset");
      }
      return QueryResponse.builder()
          .items(items)
          .lastEvaluatedKey(pages > 1 ? key("acme", "db") : Map.of())
          .build();
    }

    @Override
    public String serviceName() {
      return DynamoDbClient.SERVICE_NAME;
    }

    @Override
    public void close() {}
  }
}
