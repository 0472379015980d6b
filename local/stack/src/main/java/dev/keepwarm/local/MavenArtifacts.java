package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.context.Runtimes;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.eclipse.aether.AbstractRepositoryListener;
import org.eclipse.aether.RepositoryEvent;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.ArtifactResult;

/**
 * Fetches files as Maven does: from the user's local repository, or else through the mirrors,
 * proxies and credentials of the user's {@code settings.xml}. Thread-safe.
 */
final class MavenArtifacts implements Artifacts {
  private final ContextOverrides overrides;

  /** Uses the settings of the user who runs this process. */
  static MavenArtifacts ofUser() {
    return new MavenArtifacts(ContextOverrides.create().withUserSettings(true).build());
  }

  MavenArtifacts(ContextOverrides overrides) {
    this.overrides = overrides;
  }

  @Override
  public List<Path> fetch(List<String> coordinates, Runnable downloaded) {
    ContextOverrides observed =
        overrides.toBuilder().repositoryListener(new Downloads(downloaded)).build();
    try (Context maven = Runtimes.INSTANCE.getRuntime().create(observed)) {
      List<ArtifactRequest> requests =
          coordinates.stream()
              .map(file ->
                  new ArtifactRequest(
                      new DefaultArtifact(file), maven.remoteRepositories(), "keepwarm"))
              .toList();
      return maven
          .repositorySystem()
          .resolveArtifacts(maven.repositorySystemSession(), requests)
          .stream()
          .map(result -> result.getArtifact().getFile().toPath())
          .toList();
    } catch (ArtifactResolutionException e) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, describe(e), e);
    }
  }

  private static String describe(ArtifactResolutionException error) {
    List<ArtifactResult> missing =
        error.getResults().stream().filter(ArtifactResult::isMissing).toList();
    List<ArtifactResult> failed =
        error.getResults().stream().filter(result -> !result.isResolved()).toList();
    ArtifactResult first = (missing.isEmpty() ? failed : missing).getFirst();
    String reason =
        first.getExceptions().stream()
            .map(Exception::getMessage)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse("no reason given");
    return failed.size() + " of " + error.getResults().size() + " files: " + reason;
  }

  private static final class Downloads extends AbstractRepositoryListener {
    private final Runnable downloaded;

    Downloads(Runnable downloaded) {
      this.downloaded = downloaded;
    }

    @Override
    public void artifactDownloaded(RepositoryEvent event) {
      if (event.getException() == null) {
        downloaded.run();
      }
    }
  }
}
