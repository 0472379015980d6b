import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies one URL to one file, for machines that have a JDK and neither curl nor wget. */
class Download {
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[1]);
    HttpResponse<Path> response =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build()
            .send(
                HttpRequest.newBuilder(URI.create(args[0])).build(),
                HttpResponse.BodyHandlers.ofFile(file));
    if (response.statusCode() != 200) {
      Files.delete(file);
      System.err.println("HTTP status " + response.statusCode());
      System.exit(1);
    }
  }
}
