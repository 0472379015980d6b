package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;

/** Runs the whole suite again on LocalStack, if there is a Docker engine. */
class LocalStackIT {
  /** The system property that names another image. */
  private static final String IMAGE = "keepwarm.localstack.image";

  private static final String DEFAULT_IMAGE = "localstack/localstack:4.12";

  @Test
  void theSuitePassesOnLocalStack() {
    Assumptions.assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "no Docker engine answers, so LocalStack cannot be started");
    DockerImageName image =
        DockerImageName.parse(System.getProperty(IMAGE, DEFAULT_IMAGE))
            .asCompatibleSubstituteFor("localstack/localstack");
    try (LocalStackContainer localStack =
        new LocalStackContainer(image).withStartupTimeout(Duration.ofMinutes(3))) {
      localStack.start();

      assertSuitePasses(localStack.getEndpoint().toString());
    }
  }

  /** Runs every other class of this package against one URL. */
  static void assertSuitePasses(String url) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectPackage(LocalStackIT.class.getPackageName()))
            .filters(
                ClassNameFilter.includeClassNamePatterns(".*IT"),
                ClassNameFilter.excludeClassNamePatterns(".*LocalStackIT"))
            .configurationParameter(EndpointsExtension.PARAMETER, url)
            .configurationParameter("junit.jupiter.execution.timeout.default", "3 m")
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();

    LauncherFactory.create().execute(request, listener);

    TestExecutionSummary summary = listener.getSummary();
    StringWriter failures = new StringWriter();
    summary.printFailuresTo(new PrintWriter(failures));
    assertThat(summary.getTotalFailureCount()).as(failures.toString()).isZero();
    assertThat(summary.getTestsSucceededCount()).isGreaterThan(100);
  }
}
