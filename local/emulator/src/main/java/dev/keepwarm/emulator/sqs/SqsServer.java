package dev.keepwarm.emulator.sqs;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.keepwarm.emulator.http.Caller;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.pattern.Patterns;
import org.elasticmq.StrictSQSLimits$;
import org.elasticmq.actor.QueueManagerActor;
import org.elasticmq.actor.queue.QueueEvent;
import org.elasticmq.persistence.sql.SqlQueuePersistenceActor;
import org.elasticmq.persistence.sql.SqlQueuePersistenceConfig;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.elasticmq.rest.sqs.TheSQSRestServerBuilder;
import org.elasticmq.util.NowProvider;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.collection.immutable.Nil$;

/**
 * SQS on loopback: ElasticMQ in this process, without its logging. Thread-safe.
 *
 * <p>In a process, only one server at a time may keep its data, because ElasticMQ's store has one
 * connection pool for the whole process.
 */
public final class SqsServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ActorSystem actors;
  private final Option<ActorRef> store;
  private final URI endpoint;

  private SqsServer(ActorSystem actors, Option<ActorRef> store, URI endpoint) {
    this.actors = actors;
    this.store = store;
    this.endpoint = endpoint;
  }

  /**
   * Starts the endpoint.
   *
   * @param port 0 for any free one
   * @param region of the queues' ARNs
   * @param dataDirectory keeps queues and messages; null keeps nothing
   * @return the running endpoint
   * @throws IOException if it does not start, for example because the port is taken
   */
  public static SqsServer start(int port, String region, @Nullable Path dataDirectory)
      throws IOException {
    ActorSystem actors = ActorSystem.create("sqs", quiet());
    try {
      Option<ActorRef> store = Option.apply(null);
      if (dataDirectory != null) {
        store = Option.apply(store(actors, Files.createDirectories(dataDirectory)));
      }
      ActorRef queues = queues(actors, store);
      if (store.isDefined()) {
        restore(store.get(), queues);
      }
      TheSQSRestServerBuilder builder =
          SQSRestServerBuilder.withActorSystem(actors)
              .withQueueManagerActor(queues)
              .withInterface("127.0.0.1")
              .withAWSRegion(region)
              .withAWSAccountId(Caller.ACCOUNT);
      SQSRestServer server =
          (port == 0 ? builder.withDynamicPort() : builder.withPort(port)).start();
      int bound = server.waitUntilStarted().localAddress().getPort();
      return new SqsServer(actors, store, URI.create("http://127.0.0.1:" + bound));
    } catch (Exception e) {
      actors.terminate();
      throw new IOException("SQS (ElasticMQ) did not start on port " + port + ": " + e, e);
    }
  }

  /**
   * Where clients connect.
   *
   * @return an {@code http} URI without a path
   */
  public URI endpoint() {
    return endpoint;
  }

  /** Closes connections, including long polls, and waits until all data is written. */
  @Override
  public void close() {
    try {
      if (store.isDefined()) {
        // The actor stops after the messages in its mailbox.
        await(Patterns.gracefulStop(store.get(), PATIENCE));
      }
      actors.terminate();
      await(actors.getWhenTerminated());
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("SQS (ElasticMQ) did not stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(CompletionStage<?> stage)
      throws InterruptedException, ExecutionException, TimeoutException {
    stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Config quiet() {
    return ConfigFactory.parseString(
            """
            pekko.loglevel = OFF
            pekko.stdout-loglevel = OFF
            pekko.loggers = []
            pekko.daemonic = on
            pekko.jvm-shutdown-hooks = off
            pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off
            """)
        .withFallback(ConfigFactory.load(SqsServer.class.getClassLoader()));
  }

  private static ActorRef queues(ActorSystem actors, Option<ActorRef> store) {
    return actors.actorOf(
        Props.create(
            QueueManagerActor.class,
            () -> new QueueManagerActor(new NowProvider(), StrictSQSLimits$.MODULE$, store)));
  }

  private static ActorRef store(ActorSystem actors, Path directory) {
    var config =
        new SqlQueuePersistenceConfig(
            true,
            "org.h2.Driver",
            "jdbc:h2:file:" + directory.toAbsolutePath().resolve("sqs"),
            "",
            "",
            false);
    return actors.actorOf(
        Props.create(
            SqlQueuePersistenceActor.class,
            () -> new SqlQueuePersistenceActor(config, noPredefinedQueues())));
  }

  @SuppressWarnings("unchecked") // Scala's one empty list is a list of anything
  private static <T> scala.collection.immutable.List<T> noPredefinedQueues() {
    return (scala.collection.immutable.List<T>) (Object) Nil$.MODULE$;
  }

  private static void restore(ActorRef store, ActorRef queues) throws Exception {
    await(Patterns.ask(store, new QueueEvent.Restore(queues), PATIENCE));
  }
}
