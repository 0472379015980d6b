package dev.keepwarm.bench.peers;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A built decryptor function. Immutable.
 *
 * @param name the function's name
 * @param command program and arguments
 * @param taskRoot the working directory and {@code LAMBDA_TASK_ROOT}
 * @param handler {@code _HANDLER}, if it needs one
 */
public record Peer(String name, List<String> command, Path taskRoot, @Nullable String handler) {
  /**
   * The variable that makes a peer store the decoded value, as Keepwarm's resolver does, instead of
   * returning it.
   */
  public static final Map<String, String> STORING = Map.of("BENCH_STORE", "true");

  /** Copies the command. */
  public Peer {
    command = List.copyOf(command);
  }

  /**
   * Begins to build a function that runs this peer; no process is started yet.
   *
   * @param account the stack's variables: endpoints, credentials, region, tables, key
   * @param own {@link Originals#peersEnvironment}, with {@link #STORING} or without it
   * @return a builder with the optional settings
   */
  public ProcessFunction.Builder function(Map<String, String> account, Map<String, String> own) {
    ProcessFunction.Builder function =
        ProcessFunction.builder(name, command)
            .directory(taskRoot)
            .account(account)
            .environment(own);
    return handler == null ? function : function.handler(handler);
  }
}
