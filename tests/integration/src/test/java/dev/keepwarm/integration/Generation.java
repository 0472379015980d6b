package dev.keepwarm.integration;

import com.amazonaws.services.lambda.runtime.Context;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Patience;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/**
 * The decryptor, warmer and reader of one generation of Keepwarm: of this one, or of the last one
 * before format 2. Both are called by reflection, so that tests use them in the same way. The two
 * share the AWS SDK, but no class of Keepwarm.
 */
final class Generation implements AutoCloseable {
  private static final String CODE = "dev.keepwarm.";
  private static final LongSupplier MILLIS_LEFT = Duration.ofMinutes(5)::toMillis;

  private final String name;
  private final ClassLoader loader;
  private final AutoCloseable decryptors;
  private final Object decryptor;
  private final AutoCloseable warmers;
  private final Object warmer;
  private final AutoCloseable reader;
  private final AutoCloseable warmOnly;

  private Generation(
      String name, ClassLoader loader, EndpointWorld world, Map<String, String> settings) {
    this.name = name;
    this.loader = loader;
    Map<String, String> environment = new HashMap<>(world.environmentOfFunctions());
    environment.putAll(settings);
    PrintStream log = world.log();
    Class<?> composition = type("decryptor.DecryptorComposition");
    decryptors = (AutoCloseable) call(composition, null, "of", environment, log);
    decryptor = call(composition, decryptors, "decryptor");
    Class<?> ofWarmers = type("warmer.WarmerComposition");
    warmers = (AutoCloseable) call(ofWarmers, null, "of", environment, log);
    warmer = call(ofWarmers, warmers, "warmer");
    reader = reader(world, "RESOLVE");
    warmOnly = reader(world, "FAIL");
  }

  /** The current classes, on a world's endpoints and with some settings more. */
  static Generation current(EndpointWorld world, Map<String, String> settings) {
    return new Generation("new", Generation.class.getClassLoader(), world, settings);
  }

  /** The same of the classes before format 2. */
  static Generation beforeFormat2(EndpointWorld world, Map<String, String> settings) {
    URL jar = Generation.class.getResource("/old/before-format-2.jar");
    ClassLoader loader =
        new ChildFirst(Objects.requireNonNull(jar), Generation.class.getClassLoader());
    return new Generation("old", loader, world, settings);
  }

  /** Lets the decryptor handle the body of a message; whether it need not be delivered again. */
  boolean handle(String body) {
    Class<?> message = type("decryptor.Decryptor$Message");
    try {
      Object one = message.getConstructor(String.class, String.class).newInstance("1", body);
      List<?> failed =
          (List<?>)
              call(type("decryptor.Decryptor"), decryptor, "handle", List.of(one), MILLIS_LEFT);
      return failed.isEmpty();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the decryptor of generation " + name, e);
    }
  }

  /** The response of the resolver function to a request, both in JSON. */
  byte[] resolve(byte[] request) {
    Class<?> type = type("decryptor.ResolveHandler");
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      Object handler = type.getConstructor(type("decryptor.Decryptor")).newInstance(decryptor);
      type.getMethod("handleRequest", InputStream.class, OutputStream.class, Context.class)
          .invoke(handler, new ByteArrayInputStream(request), answer, context());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the resolver of generation " + name, e);
    }
    return answer.toByteArray();
  }

  /** One tick of the warmer. */
  void tick() {
    Object unused = call(type("warmer.Warmer"), warmer, "tick", MILLIS_LEFT);
  }

  /** What the reader returns that resolves on a miss: the text, or the code of its refusal. */
  String read(CredentialId id) {
    return read(reader, id);
  }

  /** The same of the reader that fails on a miss. */
  String readWarm(CredentialId id) {
    return read(warmOnly, id);
  }

  /** Whether there is a class with this name after the prefix of Keepwarm's packages. */
  boolean has(String name) {
    try {
      Class<?> unused = Class.forName(CODE + name, false, loader);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      reader.close();
      warmOnly.close();
      warmers.close();
      decryptors.close();
      if (loader instanceof ChildFirst jar) {
        jar.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException("generation " + name, e);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  private String read(Object reader, CredentialId id) {
    try {
      Object credential =
          call(type("reader.KeepwarmReader"), reader, "get", id.tenant(), id.name());
      return (String) call(type("reader.Credential"), credential, "text");
    } catch (RuntimeException e) {
      Class<?> failure = type("core.KeepwarmException");
      if (!failure.isInstance(e)) {
        throw e;
      }
      return call(failure, e, "code").toString();
    }
  }

  private AutoCloseable reader(EndpointWorld world, String onMiss) {
    Class<?> builders = type("reader.ReaderBuilder");
    AwsClients clients = world.stack().clients();
    Object builder = call(type("reader.KeepwarmReader"), null, "builder");
    Object miss = call(type("reader.OnMiss"), null, "valueOf", onMiss);
    Object unused = call(builders, builder, "environment", world.stack().environment());
    unused = call(builders, builder, "dynamoDb", (DynamoDbClient) world.dynamoDb());
    unused = call(builders, builder, "kms", (KmsClient) world.kms());
    LambdaClient lambda = clients.configure(LambdaClient.builder(), "LAMBDA").build();
    unused = call(builders, builder, "lambda", lambda);
    unused = call(builders, builder, "eventBridge", (EventBridgeClient) clients.eventBridge());
    unused = call(builders, builder, "nearTtl", Duration.ZERO);
    unused = call(builders, builder, "deadline", Patience.LIMIT);
    unused = call(builders, builder, "onMiss", miss);
    return (AutoCloseable) call(builders, builder, "build");
  }

  private Class<?> type(String name) {
    try {
      return Class.forName(CODE + name, true, loader);
    } catch (ClassNotFoundException e) {
      throw new LinkageError("generation " + this.name + " has no " + name, e);
    }
  }

  /** Calls a public method of a type. It throws what the method throws, if that is unchecked. */
  private Object call(Class<?> type, @Nullable Object target, String method, Object... arguments) {
    Method found =
        Arrays.stream(type.getMethods())
            .filter(one -> one.getName().equals(method) && accepts(one, arguments))
            .findFirst()
            .orElseThrow(() -> new LinkageError(type + " of generation " + name + ": " + method));
    try {
      return found.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new LinkageError("generation " + name, e);
    }
  }

  private static boolean accepts(Method method, Object... arguments) {
    Class<?>[] types = method.getParameterTypes();
    if (types.length != arguments.length) {
      return false;
    }
    for (int i = 0; i < types.length; i++) {
      if (!types[i].isInstance(arguments[i])) {
        return false;
      }
    }
    return true;
  }

  private static Context context() {
    return (Context)
        Proxy.newProxyInstance(
            Context.class.getClassLoader(),
            new Class<?>[] {Context.class},
            (proxy, method, arguments) ->
                method.getReturnType() == int.class ? (int) MILLIS_LEFT.getAsLong() : null);
  }

  /** Takes Keepwarm's classes from a jar, and all others from another class loader. */
  private static final class ChildFirst extends URLClassLoader {
    ChildFirst(URL jar, ClassLoader parent) {
      super(new URL[] {jar}, parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(CODE)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }

    @Override
    public void close() {
      try {
        super.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
