package dev.keepwarm.infra;

import java.util.Objects;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.CfnParameter;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.constructs.Construct;

/**
 * One {@link Keepwarm} as a stack, with everything that others need as outputs. Without a suffix
 * the template asks for one, as its only parameter, so that one template serves several stacks. A
 * suffix that is given is part of the template: a stack remembers its parameters, and would keep
 * the former suffix.
 */
public final class KeepwarmStack extends Stack {
  private final Keepwarm keepwarm;

  /** Makes the stack, in whatever account and Region it is deployed to. */
  public KeepwarmStack(Construct scope, String id, KeepwarmProps props) {
    super(
        scope,
        id,
        StackProps.builder().description("Keepwarm: credentials, warm before the request").build());
    keepwarm = new Keepwarm(this, "Keepwarm", props.suffix().isEmpty() ? asked(props) : props);
    output("CacheTable", keepwarm.cacheTable().getTableName());
    output("WheelTable", keepwarm.wheelTable().getTableName());
    ITable source = keepwarm.sourceTable();
    if (source != null) {
      output("SourceTable", source.getTableName());
    }
    output("KeyArn", keepwarm.key().getKeyArn());
    output("Bus", keepwarm.eventBus().getEventBusName());
    output("DueQueueUrl", keepwarm.dueQueue().getQueueUrl());
    output("DueDeadLettersUrl", keepwarm.dueDeadLetters().getQueueUrl());
    output("ChangesQueueUrl", keepwarm.changesQueue().getQueueUrl());
    output("ChangesDeadLettersUrl", keepwarm.changesDeadLetters().getQueueUrl());
    output("UrgentQueueUrl", keepwarm.urgentQueue().getQueueUrl());
    output("UrgentDeadLettersUrl", keepwarm.urgentDeadLetters().getQueueUrl());
    output("DecryptorArn", keepwarm.decryptor().getFunctionArn());
    output("ResolverArn", keepwarm.resolver().getFunctionArn());
    output("WarmerArn", keepwarm.warmer().getFunctionArn());
  }

  /** What the stack is made of. */
  public Keepwarm keepwarm() {
    return keepwarm;
  }

  private KeepwarmProps asked(KeepwarmProps props) {
    CfnParameter suffix =
        CfnParameter.Builder.create(this, "Suffix")
            .type("String")
            .description(
                "Ends every name, so that several stacks can live side by side. Not to be changed "
                    + "afterwards: that would replace whatever has a name")
            .defaultValue("")
            .allowedPattern(PropsCheck.SUFFIX.pattern())
            .build();
    return props.withSuffix(suffix.getValueAsString());
  }

  private void output(String name, String value) {
    CfnOutput unused =
        CfnOutput.Builder.create(this, name).value(Objects.requireNonNull(value)).build();
  }
}
