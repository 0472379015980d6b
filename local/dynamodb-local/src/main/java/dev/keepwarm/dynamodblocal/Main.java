package dev.keepwarm.dynamodblocal;

import java.io.IOException;
import java.net.InetAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.jspecify.annotations.Nullable;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;
import software.amazon.dynamodb.services.local.shared.access.sqlite.SQLiteLibraryLoader;

/**
 * DynamoDB Local behind a connector that is bound to loopback.
 *
 * <p>DynamoDB Local's own entry point listens on every interface of the machine, has no option for
 * it, and cannot choose a free port. It also starts telemetry; this class does not.
 *
 * <p>Takes the port (0 for any) and, optionally, the directory that keeps the data (in memory
 * without it). Prints one line, {@code port N}, once it answers. Ends when its standard input ends,
 * that is, when the parent process closes it or dies.
 */
public final class Main {
  private Main() {}

  /**
   * Starts the server and waits for the end of standard input.
   *
   * @param args the port, and the data directory or nothing
   * @throws Exception if the server cannot start
   */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    String directory = args.length > 1 ? args[1] : null;
    // The native SQLite library of this platform is unpacked from DynamoDB Local's own jar.
    SQLiteLibraryLoader.initialize();
    var requests = requestHandler(directory);
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    connector.setPort(port);
    server.addConnector(connector);
    server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(requests, null)));
    server.start();
    System.out.println("port " + connector.getLocalPort());
    awaitEndOfInput();
    server.stop();
    requests.shutdown();
    // Exits explicitly, because the server's job threads are not daemons.
    System.exit(0);
  }

  private static LocalDynamoDBRequestHandler requestHandler(@Nullable String directory) {
    boolean inMemory = directory == null;
    boolean oneDatabaseForAllRegionsAndKeys = true;
    boolean delayTransientStatuses = false;
    return new LocalDynamoDBRequestHandler(
        0, inMemory, directory, oneDatabaseForAllRegionsAndKeys, delayTransientStatuses);
  }

  private static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // Nothing is ever sent.
    }
  }
}
