package dev.keepwarm.infra;

import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.engine.SourceSchema;
import dev.keepwarm.engine.WheelSchema;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.services.dynamodb.Attribute;
import software.amazon.awscdk.services.dynamodb.AttributeType;
import software.amazon.awscdk.services.dynamodb.BillingMode;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.amazon.awscdk.services.dynamodb.PointInTimeRecoverySpecification;
import software.amazon.awscdk.services.dynamodb.Table;
import software.constructs.Construct;

/** The tables. All but the cache are protected from deletion, and can be restored. */
final class Tables {
  private final Table cache;
  private final ITable wheel;
  private final @Nullable ITable source;

  Tables(Construct scope, KeepwarmProps props) {
    cache =
        Table.Builder.create(scope, "Cache")
            .tableName(props.names().cacheTable())
            .billingMode(BillingMode.PAY_PER_REQUEST)
            .partitionKey(text(EntrySchema.TENANT))
            .sortKey(text(EntrySchema.NAME))
            .timeToLiveAttribute(EntrySchema.TTL)
            .removalPolicy(RemovalPolicy.DESTROY)
            .build();
    Suppressions.add(
        cache,
        "AwsSolutions-DDB3",
        "A cache: lost entries are sealed again within a turn of the wheel, and a restored entry would "
            + "bring back an old fence");
    String wheelName = props.names().wheelTable();
    // A tenant that was enrolled only by `keepwarm warm` is stored nowhere else.
    wheel =
        props.existingTables()
            ? Table.fromTableName(scope, "Wheel", wheelName)
            : kept(Table.Builder.create(scope, "Wheel"))
                .tableName(wheelName)
                .partitionKey(
                    Attribute.builder().name(WheelSchema.SLOT).type(AttributeType.NUMBER).build())
                .sortKey(text(WheelSchema.TENANT))
                .build();
    source =
        props.source() instanceof SourceProps.BuiltIn
            ? source(scope, props.names().sourceTable(), props.existingTables())
            : null;
  }

  private static ITable source(Construct scope, String name, boolean exists) {
    return exists
        ? Table.fromTableName(scope, "Source", name)
        : kept(Table.Builder.create(scope, "Source"))
            .tableName(name)
            .partitionKey(text(SourceSchema.TENANT))
            .sortKey(text(SourceSchema.NAME))
            .build();
  }

  Table cache() {
    return cache;
  }

  ITable wheel() {
    return wheel;
  }

  /** The built-in source; null if the originals are elsewhere. */
  @Nullable ITable source() {
    return source;
  }

  private static Table.Builder kept(Table.Builder table) {
    return table
        .billingMode(BillingMode.PAY_PER_REQUEST)
        .deletionProtection(true)
        .pointInTimeRecoverySpecification(
            PointInTimeRecoverySpecification.builder().pointInTimeRecoveryEnabled(true).build())
        .removalPolicy(RemovalPolicy.RETAIN);
  }

  private static Attribute text(String name) {
    return Attribute.builder().name(name).type(AttributeType.STRING).build();
  }
}
