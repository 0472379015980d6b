package dev.keepwarm.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Passes the {@link Endpoints} to tests as a parameter, and closes them after the last test. */
final class EndpointsExtension implements ParameterResolver {
  /** A configuration parameter of JUnit, which takes precedence over {@link Endpoints#VARIABLE}. */
  static final String PARAMETER = "keepwarm.it.endpoint";

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Endpoints.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(EndpointsExtension.class))
        .computeIfAbsent(Endpoints.class, key -> start(context), Endpoints.class);
  }

  private static Endpoints start(ExtensionContext context) {
    String url =
        context
            .getConfigurationParameter(PARAMETER)
            .orElseGet(() -> System.getenv().getOrDefault(Endpoints.VARIABLE, ""));
    try {
      return url.isEmpty() ? Endpoints.embedded() : Endpoints.at(url, System.getenv());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the endpoints started", e);
    }
  }
}
