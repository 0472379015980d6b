package dev.keepwarm.infra;

import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Aws;
import software.amazon.awscdk.services.iam.PrincipalWithConditions;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.lambda.Alias;
import software.amazon.awscdk.services.scheduler.CfnSchedule;
import software.constructs.Construct;

/** Runs the warmer every tick. */
final class WarmerSchedule {
  private WarmerSchedule() {}

  static void of(Construct scope, KeepwarmProps props, Alias warmer) {
    Role role =
        Role.Builder.create(scope, "ScheduleRole")
            .description("Lets the schedule invoke the warmer")
            .assumedBy(
                new PrincipalWithConditions(
                    new ServicePrincipal("scheduler.amazonaws.com"),
                    // Excludes schedules of other accounts.
                    Map.of("StringEquals", Map.of("aws:SourceAccount", Aws.ACCOUNT_ID))))
            .build();
    role.addToPolicy(
        Permissions.allow(List.of("lambda:InvokeFunction"), List.of(warmer.getFunctionArn())));
    long minutes = props.tick().toMinutes();
    long window = props.flexibleWindow().toMinutes();
    CfnSchedule.FlexibleTimeWindowProperty.Builder flexible =
        CfnSchedule.FlexibleTimeWindowProperty.builder();
    CfnSchedule.Builder.create(scope, "Schedule")
        .name(props.names().schedule())
        .description("Keepwarm's tick")
        .scheduleExpression("rate(" + minutes + (minutes == 1 ? " minute)" : " minutes)"))
        .flexibleTimeWindow(
            (window == 0
                    ? flexible.mode("OFF")
                    : flexible.mode("FLEXIBLE").maximumWindowInMinutes(window))
                .build())
        .target(
            CfnSchedule.TargetProperty.builder()
                .arn(warmer.getFunctionArn())
                .roleArn(role.getRoleArn())
                .input("{}")
                // A tick that is late by a whole period is useless, because the next one runs.
                .retryPolicy(
                    CfnSchedule.RetryPolicyProperty.builder()
                        .maximumRetryAttempts(2)
                        .maximumEventAgeInSeconds(60 * minutes)
                        .build())
                .build())
        .build();
  }
}
