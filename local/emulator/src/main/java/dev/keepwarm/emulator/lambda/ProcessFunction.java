package dev.keepwarm.emulator.lambda;

import dev.keepwarm.emulator.http.Caller;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A function that runs in separate processes with the AWS Lambda Runtime API, as on Lambda: one
 * process per concurrent invocation, kept for the next one. Anything that runs on a custom runtime
 * works, for example Java's runtime interface client or a Node script. Thread-safe.
 */
public final class ProcessFunction implements LocalFunction {
  /** The variables that a process inherits: the paths of programs and temporary files. */
  private static final Set<String> INHERITED =
      Set.of("PATH", "HOME", "TMPDIR", "JAVA_HOME", "LANG");

  private final Builder settings;
  private final Object lock = new Object();
  private final Deque<Sandbox> idle = new ArrayDeque<>();
  private final Set<Sandbox> all = new HashSet<>();
  private final Set<Sandbox> condemned = new HashSet<>();
  private final List<ColdStart> coldStarts = new ArrayList<>();
  private Map<String, String> environment;
  private final AtomicLong peakBytes = new AtomicLong();
  private boolean closed;

  private ProcessFunction(Builder settings) {
    this.settings = settings;
    this.environment = settings.environment;
  }

  /**
   * Begins to build a function.
   *
   * @param name the function's name
   * @param command program and arguments; they must not contain secrets
   * @return a builder with the optional settings
   */
  public static Builder builder(String name, List<String> command) {
    return new Builder(name, command);
  }

  /**
   * How long a process took, counted from its start.
   *
   * @param init until its first request for an invocation
   * @param firstResponse until its first response
   */
  public record ColdStart(Duration init, Duration firstResponse) {}

  @Override
  public byte[] invoke(byte[] payload, Duration timeout)
      throws FunctionException, InterruptedException {
    return run(payload, timeout, null);
  }

  @Override
  public byte[] invoke(byte[] payload, Duration timeout, Consumer<String> lines)
      throws FunctionException, InterruptedException {
    return run(payload, timeout, lines);
  }

  private byte[] run(byte[] payload, Duration timeout, @Nullable Consumer<String> lines)
      throws FunctionException, InterruptedException {
    Sandbox sandbox = take();
    boolean cold = sandbox.firstUse();
    try {
      byte[] answer =
          lines == null
              ? sandbox.invoke(payload, settings.initTimeout, timeout)
              : invokeHeard(sandbox, payload, timeout, lines);
      if (cold) {
        record(sandbox.coldStart());
      }
      return answer;
    } finally {
      peakBytes.accumulateAndGet(sandbox.peakBytes(), Math::max);
      giveBack(sandbox);
    }
  }

  private byte[] invokeHeard(
      Sandbox sandbox, byte[] payload, Duration timeout, Consumer<String> lines)
      throws FunctionException, InterruptedException {
    sandbox.listen(lines);
    try {
      return sandbox.invoke(payload, settings.initTimeout, timeout);
    } finally {
      sandbox.awaitQuiet();
      sandbox.listen(line -> {});
    }
  }

  @Override
  public boolean reconfigure(Map<String, String> variables) {
    synchronized (lock) {
      environment = Map.copyOf(variables);
      dropWarm();
    }
    return true;
  }

  /**
   * Ends every idle process, and the busy ones after their invocation: the next one starts cold.
   */
  public void dropWarm() {
    synchronized (lock) {
      condemned.addAll(all);
      condemned.removeAll(idle);
      all.removeAll(idle);
      idle.forEach(Sandbox::close);
      idle.clear();
    }
  }

  /**
   * The cold starts so far, oldest first.
   *
   * @return one for each process whose first invocation succeeded
   */
  public List<ColdStart> coldStarts() {
    synchronized (lock) {
      return List.copyOf(coldStarts);
    }
  }

  /**
   * The peak resident memory of any of the processes, as measured at invocations.
   *
   * @return bytes; 0 where there is no {@code /proc}
   */
  public long peakMemoryBytes() {
    return peakBytes.get();
  }

  /**
   * Asks every idle process to end, as Lambda does at the end of a sandbox's life, and waits.
   *
   * @param patience the time after which a process is killed
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public void shutDown(Duration patience) throws InterruptedException {
    List<Sandbox> ending;
    synchronized (lock) {
      ending = List.copyOf(idle);
      idle.clear();
      all.removeAll(ending);
    }
    for (Sandbox sandbox : ending) {
      sandbox.shutDown(patience);
    }
  }

  /** Kills all processes. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      all.forEach(Sandbox::close);
      idle.clear();
    }
  }

  private Sandbox take() throws FunctionException {
    synchronized (lock) {
      if (closed) {
        throw FunctionException.of("Sandbox.Closed", "The function is closed");
      }
      while (!idle.isEmpty()) {
        Sandbox warm = idle.pop();
        if (warm.alive()) {
          return warm;
        }
        all.remove(warm);
        warm.close();
      }
      Sandbox started =
          Sandbox.start(
              process(),
              settings.arn(),
              new Sandbox.Limits(settings.memoryMegabytes * 1024L * 1024, settings.frozen),
              settings.log);
      all.add(started);
      return started;
    }
  }

  private void giveBack(Sandbox sandbox) {
    synchronized (lock) {
      boolean dropped = condemned.remove(sandbox);
      // As on Lambda, a process that has responded stays alive, even if its invocation failed.
      if (sandbox.alive() && !dropped && !closed) {
        idle.push(sandbox);
      } else {
        all.remove(sandbox);
        sandbox.close();
      }
    }
  }

  private void record(ColdStart coldStart) {
    synchronized (lock) {
      coldStarts.add(coldStart);
    }
  }

  private ProcessBuilder process() {
    List<String> command = new ArrayList<>(settings.launcher);
    command.addAll(settings.command);
    ProcessBuilder process = new ProcessBuilder(command);
    if (settings.directory != null) {
      process.directory(settings.directory.toFile());
    }
    Map<String, String> all = process.environment();
    all.keySet().retainAll(INHERITED);
    all.put("TZ", ":UTC");
    all.put("AWS_LAMBDA_FUNCTION_NAME", settings.name);
    all.put("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    all.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Integer.toString(settings.memoryMegabytes));
    all.put("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    all.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + settings.name);
    all.put("AWS_LAMBDA_LOG_STREAM_NAME", "local");
    all.put("AWS_REGION", settings.region);
    all.put("AWS_DEFAULT_REGION", settings.region);
    if (settings.directory != null) {
      all.put("LAMBDA_TASK_ROOT", settings.directory.toAbsolutePath().toString());
    }
    if (settings.handler != null) {
      all.put("_HANDLER", settings.handler);
    }
    all.putAll(settings.account);
    all.putAll(environment);
    return process;
  }

  /** The settings of a function. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final List<String> command;
    private List<String> launcher = List.of();
    private Map<String, String> account = Map.of();
    private Map<String, String> environment = Map.of();
    private @Nullable Path directory;
    private @Nullable String handler;
    private String region = "us-east-1";
    private int memoryMegabytes = 1024;
    private boolean frozen;
    private Duration initTimeout = Duration.ofSeconds(30);
    private Consumer<String> log = line -> {};

    private Builder(String name, List<String> command) {
      this.name = name;
      this.command = List.copyOf(command);
    }

    /**
     * Starts the command through another program that replaces itself with it, for example {@code
     * taskset}. None by default.
     *
     * @param program the program and its arguments, before the command
     * @return this
     */
    public Builder launcher(List<String> program) {
      this.launcher = List.copyOf(program);
      return this;
    }

    /**
     * Sets the variables that all functions of the account have: the Region's endpoints and
     * credentials.
     *
     * @param variables by name
     * @return this
     */
    public Builder account(Map<String, String> variables) {
      this.account = Map.copyOf(variables);
      return this;
    }

    /**
     * Sets the function's own variables, in addition to those that Lambda sets.
     *
     * @param variables by name
     * @return this
     */
    public Builder environment(Map<String, String> variables) {
      this.environment = Map.copyOf(variables);
      return this;
    }

    /**
     * Sets the working directory, which is also {@code LAMBDA_TASK_ROOT}.
     *
     * @param taskRoot where the function's files are
     * @return this
     */
    public Builder directory(Path taskRoot) {
      this.directory = taskRoot;
      return this;
    }

    /**
     * Sets the variable {@code _HANDLER}.
     *
     * @param value in the runtime's own notation
     * @return this
     */
    public Builder handler(String value) {
      this.handler = value;
      return this;
    }

    /**
     * Sets {@code AWS_REGION}; {@code us-east-1} by default.
     *
     * @param value a region's code
     * @return this
     */
    public Builder region(String value) {
      this.region = value;
      return this;
    }

    /**
     * Limits the memory of a process. On Linux, a process with more is killed. 1,024 by default.
     * Lambda's share of CPU for that memory is not emulated.
     *
     * @param megabytes at least 128
     * @return this
     */
    public Builder memoryMegabytes(int megabytes) {
      this.memoryMegabytes = megabytes;
      return this;
    }

    /**
     * Freezes processes between invocations, as Lambda does. Off by default.
     *
     * @return this
     */
    public Builder frozenBetweenInvocations() {
      this.frozen = true;
      return this;
    }

    /**
     * Limits the time from the start of a process to its first request for an invocation; 30 s by
     * default (Lambda's own limit is 10 s, without other load on the machine).
     *
     * @param value positive
     * @return this
     */
    public Builder initTimeout(Duration value) {
      this.initTimeout = value;
      return this;
    }

    /**
     * Receives the lines that the processes print; by default they are dropped.
     *
     * @param value called from many threads at once
     * @return this
     */
    public Builder log(Consumer<String> value) {
      this.log = value;
      return this;
    }

    /**
     * Makes the function; no process is started yet.
     *
     * @return a function without processes
     */
    public ProcessFunction build() {
      return new ProcessFunction(this);
    }

    private String arn() {
      return new Caller(region).arn("lambda", "function:" + name);
    }
  }
}
