package dev.keepwarm.infra;

import dev.keepwarm.core.KeepwarmException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.App;

/**
 * The CDK app: one stack, configured by the object {@code keepwarm} in the context of {@code
 * cdk.json}. The stack's name is {@code Keepwarm} and the suffix.
 */
public final class KeepwarmApp {
  private KeepwarmApp() {}

  /**
   * Synthesises the stack. A wrong property is reported in one line on standard error. With the
   * arguments {@code template FILE} it writes the {@link ReleasedTemplate} instead.
   */
  public static void main(String[] args) {
    try {
      if (args.length == 2 && args[0].equals("template")) {
        ReleasedTemplate.write(Path.of(args[1]));
        return;
      }
      App app = new App();
      KeepwarmStack unused = stack(app, app.getNode().tryGetContext("keepwarm"), Path.of(""));
      app.synth();
    } catch (KeepwarmException e) {
      System.err.println("keepwarm: " + e.getMessage());
      System.exit(1);
    }
  }

  /**
   * The stack of an app.
   *
   * @param context the object {@code keepwarm}; null if there is none
   * @param directory the directory that paths are relative to
   */
  static KeepwarmStack stack(App app, @Nullable Object context, Path directory) {
    if (context != null && !(context instanceof Map<?, ?>)) {
      throw PropsCheck.invalid("keepwarm", "must be an object");
    }
    Map<?, ?> object = context == null ? Map.of() : (Map<?, ?>) context;
    KeepwarmProps props = PropsReader.read(object, directory);
    // Another suffix makes another stack. Within one stack, it would replace every resource that
    // has a name.
    return new KeepwarmStack(app, "Keepwarm" + props.suffix(), props);
  }
}
