package dev.keepwarm.infra;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.CfnDeletionPolicy;
import software.amazon.awscdk.ICfnResourceOptions;
import software.amazon.awscdk.services.lambda.Architecture;
import software.amazon.awscdk.services.lambda.CfnLayerVersion;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.ILayerVersion;
import software.amazon.awscdk.services.lambda.LayerVersion;
import software.constructs.Construct;

/** The layers with the Lambda extension, for functions in languages without a reader. */
final class ExtensionLayers {
  private ExtensionLayers() {}

  /** The layer of each zip in the properties, by architecture. */
  static Map<KeepwarmProps.PinnedArchitecture, ILayerVersion> of(
      Construct scope, KeepwarmProps props) {
    Map<KeepwarmProps.PinnedArchitecture, ILayerVersion> layers =
        new EnumMap<>(KeepwarmProps.PinnedArchitecture.class);
    for (Path zip : props.extensionCode()) {
      KeepwarmProps.PinnedArchitecture architecture =
          Objects.requireNonNull(PinnedZip.ofExtension(zip));
      boolean arm = architecture == KeepwarmProps.PinnedArchitecture.ARM64;
      LayerVersion layer =
          LayerVersion.Builder.create(scope, arm ? "ExtensionArm64" : "ExtensionX8664")
              .description("Keepwarm's Lambda extension: serves credentials on loopback")
              .compatibleArchitectures(List.of(arm ? Architecture.ARM_64 : Architecture.X86_64))
              .code(Code.fromAsset(zip.toString()))
              .build();
      // Kept, because functions of other stacks name a version, and cannot be changed once it is
      // deleted. Without the stack, a layer has nothing to read.
      ICfnResourceOptions options =
          ((CfnLayerVersion) Objects.requireNonNull(layer.getNode().getDefaultChild()))
              .getCfnOptions();
      options.setUpdateReplacePolicy(CfnDeletionPolicy.RETAIN);
      options.setDeletionPolicy(CfnDeletionPolicy.DELETE);
      layers.put(architecture, layer);
    }
    return layers;
  }
}
