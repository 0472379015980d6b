package dev.keepwarm.infra;

import dev.keepwarm.engine.SourceKind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where the originals are. {@code docs/sources.md} describes each kind. Immutable. */
public sealed interface SourceProps {
  /** The kind: the value of {@code KEEPWARM_SOURCE}. */
  SourceKind kind();

  /** The built-in table, which the construct creates. */
  record BuiltIn() implements SourceProps {
    @Override
    public SourceKind kind() {
      return SourceKind.DYNAMODB;
    }
  }

  /**
   * A database with a JDBC driver.
   *
   * @param variables the {@code KEEPWARM_JDBC_…} variables; none contains a password in clear
   * @param driverLayers ARNs of the layer versions that contain the driver
   * @param vpc the VPC in which the database can be reached; null if no VPC is needed
   * @param secretKey ARN of the KMS key that encrypts the login's secret; null if AWS's own key
   *     does
   */
  record Jdbc(
      Map<String, String> variables,
      List<String> driverLayers,
      @Nullable VpcProps vpc,
      @Nullable String secretKey)
      implements SourceProps {
    /** Copies the collections. */
    public Jdbc {
      // Keeps the given order: see Ordered.
      variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
      driverLayers = List.copyOf(driverLayers);
    }

    @Override
    public SourceKind kind() {
      return SourceKind.JDBC;
    }
  }

  /**
   * AWS Secrets Manager.
   *
   * @param prefix the beginning of the secrets' names; ends with a slash
   * @param profile the profile of all secrets; null if each has a tag that names its profile
   * @param secretsKey ARN of the KMS key that encrypts the secrets; null if AWS's own key does
   */
  record SecretsManager(String prefix, @Nullable String profile, @Nullable String secretsKey)
      implements SourceProps {
    @Override
    public SourceKind kind() {
      return SourceKind.SECRETSMANAGER;
    }
  }

  /**
   * A VPC that the functions run in. It must reach DynamoDB, KMS, EventBridge, SQS and, for the
   * login, Secrets Manager, through endpoints or a NAT gateway; and Lambda, if {@code
   * keepResolversWarm} is not 0.
   *
   * @param vpcId the VPC
   * @param subnetIds at least one of its subnets
   * @param securityGroupIds at least one of its security groups
   */
  record VpcProps(String vpcId, List<String> subnetIds, List<String> securityGroupIds) {
    /** Copies the lists. */
    public VpcProps {
      subnetIds = List.copyOf(subnetIds);
      securityGroupIds = List.copyOf(securityGroupIds);
    }
  }

  /** The functions' environment variables for this source. */
  default Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("KEEPWARM_SOURCE", kind().name().toLowerCase(Locale.ROOT));
    switch (this) {
      case BuiltIn builtIn -> {
        // Set by the construct, which knows the table's name.
      }
      case Jdbc jdbc -> environment.putAll(new TreeMap<>(jdbc.variables()));
      case SecretsManager secrets -> {
        environment.put("KEEPWARM_SECRETS_PREFIX", secrets.prefix());
        if (secrets.profile() != null) {
          environment.put("KEEPWARM_SECRETS_PROFILE", secrets.profile());
        }
      }
    }
    return environment;
  }
}
