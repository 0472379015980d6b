package dev.keepwarm.infra;

import java.util.Objects;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.CfnParameter;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.amazon.awscdk.services.lambda.ILayerVersion;
import software.constructs.Construct;

/**
 * One {@link Keepwarm} as a stack, with outputs for everything that other stacks and tools need.
 * Without a suffix in the properties, the template's only parameter asks for one, so that one
 * template serves several stacks. A suffix in the properties becomes part of the template. It
 * cannot be a parameter then, because a stack remembers its parameters and would keep the former
 * suffix.
 */
public final class KeepwarmStack extends Stack {
  private final Keepwarm keepwarm;

  /** Creates the stack, in the account and Region that it is deployed to. */
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
    extension("ExtensionX8664LayerArn", KeepwarmProps.PinnedArchitecture.X86_64);
    extension("ExtensionArm64LayerArn", KeepwarmProps.PinnedArchitecture.ARM64);
  }

  /** The construct in this stack. */
  public Keepwarm keepwarm() {
    return keepwarm;
  }

  private KeepwarmProps asked(KeepwarmProps props) {
    CfnParameter suffix =
        CfnParameter.Builder.create(this, "Suffix")
            .type("String")
            .description(
                "Suffix of every name, so that several stacks can exist side by side. Do not change it "
                    + "later: CloudFormation would replace every resource that has a name")
            .defaultValue("")
            .allowedPattern(PropsCheck.SUFFIX.pattern())
            .build();
    return props.withSuffix(suffix.getValueAsString());
  }

  private void extension(String name, KeepwarmProps.PinnedArchitecture architecture) {
    ILayerVersion layer = keepwarm.extensionLayer(architecture);
    if (layer != null) {
      output(name, layer.getLayerVersionArn());
    }
  }

  private void output(String name, String value) {
    CfnOutput unused =
        CfnOutput.Builder.create(this, name).value(Objects.requireNonNull(value)).build();
  }
}
