package dev.keepwarm.bench.starts;

import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/** The embedded stack. A decryptor's endpoints can also be reached over TLS. Thread-safe. */
final class Endpoints implements AutoCloseable {
  private static final String ENDPOINT = "AWS_ENDPOINT_URL_";

  private final EmbeddedStack endpoints;
  private final LocalDeployment stack;
  private final List<TlsProxy> proxies = new ArrayList<>();
  private final Map<String, String> tls = new HashMap<>();

  private Endpoints(EmbeddedStack endpoints, LocalDeployment stack) {
    this.endpoints = endpoints;
    this.stack = stack;
  }

  static Endpoints start(Path home, SSLContext server) throws IOException, InterruptedException {
    EmbeddedStack embedded = EmbeddedStack.start(EmbeddedStack.Options.of(home));
    LocalDeployment stack =
        LocalDeployment.on(
            embedded.environment(),
            embedded.lambda(),
            ResourceNames.DEFAULT,
            Redelivery.after(Duration.ofSeconds(30)));
    Endpoints started = new Endpoints(embedded, stack);
    try {
      for (String service : List.of("DYNAMODB", "KMS", "EVENTBRIDGE")) {
        String variable = ENDPOINT + service;
        URI plain = URI.create(Objects.requireNonNull(stack.environment().get(variable)));
        TlsProxy proxy = TlsProxy.before(plain, server);
        started.proxies.add(proxy);
        started.tls.put(variable, proxy.endpoint().toString());
      }
    } catch (IOException e) {
      started.close();
      throw e;
    }
    return started;
  }

  LocalDeployment stack() {
    return stack;
  }

  /** The environment variables with which a function uses the stack. */
  Map<String, String> environment(boolean byTls) {
    Map<String, String> environment = new HashMap<>(stack.callersEnvironment());
    if (byTls) {
      environment.putAll(tls);
    }
    return environment;
  }

  @Override
  public void close() {
    proxies.forEach(TlsProxy::close);
    stack.close();
    endpoints.close();
  }
}
