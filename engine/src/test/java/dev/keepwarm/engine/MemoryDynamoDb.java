package dev.keepwarm.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.Select;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * DynamoDB in memory, behind the client's own interface. It evaluates the expressions of the
 * requests, so that tests cover the production code that writes them. It is strict: a parameter or
 * an expression that it does not know is an {@link UnsupportedOperationException}, and is not
 * ignored. Eventually consistent reads can be made to lag. Thread-safe; each request is atomic, and
 * each page of a Query.
 */
public final class MemoryDynamoDb implements DynamoDbClient {
  /** The fields of each kind of request that this class does not support. */
  private static final Map<Class<?>, List<SdkField<?>>> UNKNOWN = new ConcurrentHashMap<>();

  private static final Set<String> READ =
      Set.of("TableName", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames");
  private static final Set<String> GET = with(READ, "Key");
  private static final Set<String> PAGES =
      with(
          READ,
          "Limit",
          "ExclusiveStartKey",
          "FilterExpression",
          "ExpressionAttributeValues",
          "Select");
  private static final Set<String> QUERY = with(PAGES, "KeyConditionExpression");
  private static final Set<String> WRITE =
      Set.of(
          "TableName",
          "ConditionExpression",
          "ExpressionAttributeNames",
          "ExpressionAttributeValues",
          "ReturnValues",
          "ReturnValuesOnConditionCheckFailure");
  private static final Set<String> PUT = with(WRITE, "Item");
  private static final Set<String> UPDATE = with(WRITE, "Key", "UpdateExpression");
  private static final Set<String> DELETE = with(WRITE, "Key");

  private final Map<String, Table> tables = new HashMap<>();
  private final LongSupplier clock;
  private final LongSupplier lag;
  private final long mostLag;
  private int pageSize = Integer.MAX_VALUE;

  /** One in which every read is consistent. */
  public MemoryDynamoDb() {
    this(() -> 0, () -> 0, 0);
  }

  /**
   * One whose reads lag, except those that ask to be consistent.
   *
   * @param clock the time, in milliseconds
   * @param lag how old what one read sees is, in milliseconds
   * @param mostLag the most that {@code lag} ever says
   */
  public MemoryDynamoDb(LongSupplier clock, LongSupplier lag, long mostLag) {
    this.clock = clock;
    this.lag = lag;
    this.mostLag = mostLag;
  }

  /**
   * Makes an empty table.
   *
   * @param hash its partition key, text or a number
   * @param range its sort key, text
   */
  public synchronized void createTable(
      String name, String hash, AttributeValue.Type hashType, String range) {
    tables.put(name, new Table(hash, hashType, range));
  }

  /** From now on a page of a Query or Scan has that many items at most, as a large one would. */
  public synchronized void pageSize(int items) {
    pageSize = items;
  }

  /** All items of a table as they are now. */
  public synchronized List<Map<String, AttributeValue>> items(String table) {
    List<Map<String, AttributeValue>> items = new ArrayList<>();
    for (NavigableMap<String, Cell> partition : table(table).partitions.values()) {
      for (Cell cell : partition.values()) {
        if (cell.item != null) {
          items.add(cell.item);
        }
      }
    }
    return items;
  }

  /** The item of a key as it is now; null if there is none. */
  public synchronized @Nullable Map<String, AttributeValue> item(
      String table, Map<String, AttributeValue> key) {
    Table found = table(table);
    Cell cell = found.cell(found.keyOf(key));
    return cell == null ? null : cell.item;
  }

  /** Deletes the items whose {@code ttl} has passed at {@code nowMillis}. */
  public synchronized void deleteExpired(String table, String ttl, long nowMillis) {
    for (NavigableMap<String, Cell> partition : table(table).partitions.values()) {
      for (Cell cell : partition.values()) {
        AttributeValue until = cell.item == null ? null : cell.item.get(ttl);
        if (until != null && until.n() != null && Long.parseLong(until.n()) * 1000 < nowMillis) {
          cell.become(null);
        }
      }
    }
  }

  @Override
  public synchronized GetItemResponse getItem(GetItemRequest request) {
    checkKnown(request, GET);
    Table table = table(request.tableName());
    DynamoExpressions.Terms terms =
        DynamoExpressions.Terms.of(request.expressionAttributeNames(), Map.of());
    Cell cell = table.cell(table.keyOf(request.key()));
    Map<String, AttributeValue> item =
        cell == null ? null : cell.asOf(momentOf(request.consistentRead()));
    return refusing(() -> {
      String projection = request.projectionExpression();
      terms.checkUsed(termsOf(null, null, projection));
      GetItemResponse.Builder response = GetItemResponse.builder();
      return (item == null ? response : response.item(projected(item, projection, terms))).build();
    });
  }

  @Override
  public synchronized QueryResponse query(QueryRequest request) {
    checkKnown(request, QUERY);
    Table table = table(request.tableName());
    return refusing(() -> {
      DynamoExpressions.Terms terms =
          DynamoExpressions.Terms.of(
              request.expressionAttributeNames(), request.expressionAttributeValues());
      terms.checkUsed(
          termsOf(
              request.keyConditionExpression(),
              request.filterExpression(),
              request.projectionExpression()));
      DynamoExpressions.Condition condition =
          DynamoExpressions.condition(request.keyConditionExpression());
      AttributeValue hash = condition.mustEqual(table.hash, terms);
      if (hash == null) {
        throw new DynamoExpressions.InvalidExpression("a Query without a partition");
      }
      NavigableMap<String, Cell> partition =
          table.partitions.getOrDefault(table.part(table.hash, hash), new TreeMap<>());
      if (request.hasExclusiveStartKey()) {
        partition = partition.tailMap(table.keyOf(request.exclusiveStartKey()).range(), false);
      }
      Page page =
          page(
              partition.values().iterator(),
              new Paging(
                  table,
                  request.limit(),
                  momentOf(request.consistentRead()),
                  condition,
                  request.filterExpression(),
                  request.projectionExpression(),
                  terms));
      QueryResponse.Builder response =
          QueryResponse.builder().count(page.items.size()).lastEvaluatedKey(page.last);
      return (isCount(request.select()) ? response : response.items(page.items)).build();
    });
  }

  @Override
  public synchronized ScanResponse scan(ScanRequest request) {
    checkKnown(request, PAGES);
    Table table = table(request.tableName());
    return refusing(() -> {
      DynamoExpressions.Terms terms =
          DynamoExpressions.Terms.of(
              request.expressionAttributeNames(), request.expressionAttributeValues());
      terms.checkUsed(termsOf(null, request.filterExpression(), request.projectionExpression()));
      List<Cell> cells = new ArrayList<>();
      Key from = request.hasExclusiveStartKey() ? table.keyOf(request.exclusiveStartKey()) : null;
      NavigableMap<String, NavigableMap<String, Cell>> partitions =
          from == null ? table.partitions : table.partitions.tailMap(from.hash(), true);
      partitions.forEach((hash, partition) ->
          cells.addAll(
              (from != null && hash.equals(from.hash())
                      ? partition.tailMap(from.range(), false)
                      : partition)
                  .values()));
      Page page =
          page(
              cells.iterator(),
              new Paging(
                  table,
                  request.limit(),
                  momentOf(request.consistentRead()),
                  null,
                  request.filterExpression(),
                  request.projectionExpression(),
                  terms));
      ScanResponse.Builder response =
          ScanResponse.builder().count(page.items.size()).lastEvaluatedKey(page.last);
      return (isCount(request.select()) ? response : response.items(page.items)).build();
    });
  }

  @Override
  public synchronized PutItemResponse putItem(PutItemRequest request) {
    checkKnown(request, PUT);
    Table table = table(request.tableName());
    return refusing(() -> {
      DynamoExpressions.Terms terms =
          DynamoExpressions.Terms.of(
              request.expressionAttributeNames(), request.expressionAttributeValues());
      terms.checkUsed(termsOf(request.conditionExpression(), null, null));
      Map<String, AttributeValue> item = normalised(request.item());
      Cell cell = table.cellOrNew(table.keyIn(item));
      Map<String, AttributeValue> before = cell.item;
      check(
          before,
          request.conditionExpression(),
          terms,
          request.returnValuesOnConditionCheckFailure());
      cell.become(item);
      return PutItemResponse.builder()
          .attributes(returned(request.returnValues(), false, before, item))
          .build();
    });
  }

  @Override
  public synchronized UpdateItemResponse updateItem(UpdateItemRequest request) {
    checkKnown(request, UPDATE);
    Table table = table(request.tableName());
    return refusing(() -> {
      DynamoExpressions.Terms terms =
          DynamoExpressions.Terms.of(
              request.expressionAttributeNames(), request.expressionAttributeValues());
      String text = request.updateExpression();
      Set<String> used = new HashSet<>(termsOf(request.conditionExpression(), null, null));
      if (text != null) {
        used.addAll(DynamoExpressions.update(text).terms());
      }
      terms.checkUsed(used);
      Cell cell = table.cellOrNew(table.keyOf(request.key()));
      Map<String, AttributeValue> before = cell.item;
      check(
          before,
          request.conditionExpression(),
          terms,
          request.returnValuesOnConditionCheckFailure());
      Map<String, AttributeValue> after =
          new HashMap<>(before == null ? normalised(request.key()) : before);
      if (text != null) {
        DynamoExpressions.Update update = DynamoExpressions.update(text);
        for (String attribute : update.attributes(terms)) {
          if (attribute.equals(table.hash) || attribute.equals(table.range)) {
            throw new DynamoExpressions.InvalidExpression("a part of the key is updated");
          }
        }
        after = update.of(after, terms);
      }
      Map<String, AttributeValue> stored = normalised(after);
      cell.become(stored);
      return UpdateItemResponse.builder()
          .attributes(returned(request.returnValues(), true, before, stored))
          .build();
    });
  }

  @Override
  public synchronized DeleteItemResponse deleteItem(DeleteItemRequest request) {
    checkKnown(request, DELETE);
    Table table = table(request.tableName());
    return refusing(() -> {
      DynamoExpressions.Terms terms =
          DynamoExpressions.Terms.of(
              request.expressionAttributeNames(), request.expressionAttributeValues());
      terms.checkUsed(termsOf(request.conditionExpression(), null, null));
      Cell cell = table.cellOrNew(table.keyOf(request.key()));
      Map<String, AttributeValue> before = cell.item;
      check(
          before,
          request.conditionExpression(),
          terms,
          request.returnValuesOnConditionCheckFailure());
      cell.become(null);
      return DeleteItemResponse.builder()
          .attributes(returned(request.returnValues(), false, before, Map.of()))
          .build();
    });
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {}

  /** Which moment a read sees. */
  private long momentOf(@Nullable Boolean consistent) {
    return Boolean.TRUE.equals(consistent) ? Long.MAX_VALUE : clock.getAsLong() - lag.getAsLong();
  }

  private Table table(String name) {
    Table table = tables.get(name);
    if (table == null) {
      throw invalid("ResourceNotFoundException", "no table " + name);
    }
    return table;
  }

  private static void check(
      @Nullable Map<String, AttributeValue> before,
      @Nullable String condition,
      DynamoExpressions.Terms terms,
      @Nullable ReturnValuesOnConditionCheckFailure returns) {
    if (condition == null
        || DynamoExpressions.condition(condition)
            .holds(before == null ? Map.of() : before, terms)) {
      return;
    }
    ConditionalCheckFailedException.Builder failed =
        ConditionalCheckFailedException.builder()
            .message("The conditional request failed")
            .awsErrorDetails(details("ConditionalCheckFailedException"));
    failed.statusCode(400);
    if (returns == ReturnValuesOnConditionCheckFailure.ALL_OLD && before != null) {
      failed.item(before);
    }
    throw failed.build();
  }

  private static @Nullable Map<String, AttributeValue> returned(
      @Nullable ReturnValue returns,
      boolean ofUpdate,
      @Nullable Map<String, AttributeValue> before,
      Map<String, AttributeValue> after) {
    return switch (returns) {
      case null -> null;
      case NONE -> null;
      case ALL_OLD -> before;
      case ALL_NEW -> {
        if (!ofUpdate) {
          throw new DynamoExpressions.InvalidExpression("ReturnValues can only be ALL_OLD or NONE");
        }
        yield after;
      }
      default -> throw new UnsupportedOperationException("ReturnValues " + returns);
    };
  }

  private static Set<String> termsOf(
      @Nullable String condition, @Nullable String filter, @Nullable String projection) {
    if (filter == null && projection == null) {
      return condition == null ? Set.of() : DynamoExpressions.condition(condition).terms();
    }
    Set<String> terms = new HashSet<>();
    if (condition != null) {
      terms.addAll(DynamoExpressions.condition(condition).terms());
    }
    if (filter != null) {
      terms.addAll(DynamoExpressions.condition(filter).terms());
    }
    if (projection != null) {
      terms.addAll(DynamoExpressions.projection(projection));
    }
    return terms;
  }

  /** How to read a page. */
  private record Paging(
      Table table,
      @Nullable Integer limit,
      long moment,
      DynamoExpressions.@Nullable Condition condition,
      @Nullable String filter,
      @Nullable String projection,
      DynamoExpressions.Terms terms) {}

  private record Page(
      List<Map<String, AttributeValue>> items, @Nullable Map<String, AttributeValue> last) {}

  private Page page(Iterator<Cell> cells, Paging paging) {
    int most = Math.min(pageSize, paging.limit() == null ? Integer.MAX_VALUE : paging.limit());
    List<Map<String, AttributeValue>> items = new ArrayList<>();
    Map<String, AttributeValue> last = null;
    for (int read = 0; cells.hasNext(); ) {
      Map<String, AttributeValue> item = cells.next().asOf(paging.moment());
      if (item == null
          || (paging.condition() != null && !paging.condition().holds(item, paging.terms()))) {
        continue;
      }
      if (paging.filter() == null
          || DynamoExpressions.condition(paging.filter()).holds(item, paging.terms())) {
        items.add(projected(item, paging.projection(), paging.terms()));
      }
      if (++read == most) {
        // As in DynamoDB, even if nothing follows.
        last = paging.table().keyOnly(item);
        break;
      }
    }
    return new Page(items, last);
  }

  private static boolean isCount(@Nullable Select select) {
    return switch (select) {
      case null -> false;
      case COUNT -> true;
      case ALL_ATTRIBUTES, SPECIFIC_ATTRIBUTES -> false;
      default -> throw new UnsupportedOperationException("Select " + select);
    };
  }

  private static Map<String, AttributeValue> projected(
      Map<String, AttributeValue> item,
      @Nullable String projection,
      DynamoExpressions.Terms terms) {
    if (projection == null) {
      return item;
    }
    Map<String, AttributeValue> part = new HashMap<>();
    for (String term : DynamoExpressions.projection(projection)) {
      String name = terms.name(term);
      AttributeValue value = item.get(name);
      if (value != null) {
        part.put(name, value);
      }
    }
    return part;
  }

  private static Map<String, AttributeValue> normalised(Map<String, AttributeValue> item) {
    Map<String, AttributeValue> stored = new HashMap<>();
    item.forEach((name, value) -> {
      String number = value.n() == null ? null : DynamoExpressions.normalised(value.n());
      stored.put(
          name, number == null || number.equals(value.n()) ? value : AttributeValue.fromN(number));
    });
    return Map.copyOf(stored);
  }

  private interface Answer<T> {
    T get();
  }

  private static <T> T refusing(Answer<T> answer) {
    try {
      return answer.get();
    } catch (DynamoExpressions.InvalidExpression e) {
      throw invalid("ValidationException", e.getMessage());
    }
  }

  private static RuntimeException invalid(String code, @Nullable String message) {
    return DynamoDbException.builder()
        .message(message)
        .statusCode(400)
        .awsErrorDetails(details(code))
        .build();
  }

  private static AwsErrorDetails details(String code) {
    return AwsErrorDetails.builder().errorCode(code).serviceName("DynamoDb").build();
  }

  private static void checkKnown(SdkPojo request, Set<String> known) {
    List<SdkField<?>> unknown =
        UNKNOWN.computeIfAbsent(
            request.getClass(),
            type ->
                request.sdkFields().stream()
                    .filter(field -> !known.contains(field.memberName()))
                    .toList());
    for (SdkField<?> field : unknown) {
      Object value = field.getValueOrDefault(request);
      if (value != null
          && !(value instanceof SdkAutoConstructMap)
          && !(value instanceof List<?> list && list.isEmpty())) {
        throw new UnsupportedOperationException("not supported here: " + field.memberName());
      }
    }
  }

  private static Set<String> with(Set<String> some, String... more) {
    Set<String> all = new HashSet<>(some);
    all.addAll(List.of(more));
    return Set.copyOf(all);
  }

  private record Key(String hash, String range) {}

  private final class Table {
    private final String hash;
    private final AttributeValue.Type hashType;
    private final String range;
    private final NavigableMap<String, NavigableMap<String, Cell>> partitions = new TreeMap<>();

    Table(String hash, AttributeValue.Type hashType, String range) {
      this.hash = hash;
      this.hashType = hashType;
      this.range = range;
    }

    @Nullable Cell cell(Key key) {
      NavigableMap<String, Cell> partition = partitions.get(key.hash());
      return partition == null ? null : partition.get(key.range());
    }

    Cell cellOrNew(Key key) {
      return partitions
          .computeIfAbsent(key.hash(), unused -> new TreeMap<>())
          .computeIfAbsent(key.range(), unused -> new Cell());
    }

    /** The key that a request gives, which has nothing else. */
    Key keyOf(Map<String, AttributeValue> key) {
      if (key.size() != 2) {
        throw invalid("ValidationException", "the number of conditions on the keys is invalid");
      }
      return keyIn(key);
    }

    Key keyIn(Map<String, AttributeValue> item) {
      return new Key(part(hash, item.get(hash)), part(range, item.get(range)));
    }

    private String part(String name, @Nullable AttributeValue value) {
      AttributeValue.Type type = name.equals(hash) ? hashType : AttributeValue.Type.S;
      if (value == null || value.type() != type) {
        throw invalid("ValidationException", "no key, or of another type: " + name);
      }
      String part = type == AttributeValue.Type.N ? value.n() : value.s();
      if (part.isEmpty()) {
        throw invalid("ValidationException", "an empty key: " + name);
      }
      return part;
    }

    Map<String, AttributeValue> keyOnly(Map<String, AttributeValue> item) {
      return Map.of(hash, item.get(hash), range, item.get(range));
    }
  }

  /** The item of one key, and its earlier states, as long as a read may still see them. */
  private final class Cell {
    private final Deque<Was> before = new ArrayDeque<>();
    private @Nullable Map<String, AttributeValue> item;

    /** The item until that time. */
    private record Was(long until, @Nullable Map<String, AttributeValue> item) {}

    void become(@Nullable Map<String, AttributeValue> next) {
      if (mostLag > 0) {
        long now = clock.getAsLong();
        while (!before.isEmpty() && before.getFirst().until() < now - mostLag) {
          before.removeFirst();
        }
        before.addLast(new Was(now, item));
      }
      item = next;
    }

    @Nullable Map<String, AttributeValue> asOf(long moment) {
      for (Was was : before) {
        if (moment < was.until()) {
          return was.item();
        }
      }
      return item;
    }
  }
}
