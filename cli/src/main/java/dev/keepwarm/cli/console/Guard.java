package dev.keepwarm.cli.console;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests to the console are allowed. Immutable and thread-safe.
 *
 * <p>All users of the machine can reach a port on loopback, and so can every page in the operator's
 * browser. So a request needs:
 *
 * <ul>
 *   <li>our own {@code Host}, which excludes a foreign name that resolves to loopback (DNS
 *       rebinding);
 *   <li>no foreign {@code Origin}, and no {@code Sec-Fetch-Site} that indicates one;
 *   <li>the cookie, which is only set for the token in the printed address;
 *   <li>for an action: the second token in a header, which only our own page can read.
 * </ul>
 */
final class Guard {
  /** The header with the token of an action. */
  static final String CSRF_HEADER = "X-Keepwarm-Console";

  private static final Set<String> OWN_FETCH_SITES = Set.of("same-origin", "none");

  private final String token;
  private final String session;
  private final String csrf;
  private final int port;

  /** The reason why a request is denied: an HTTP status, a code, and one line. */
  record Denial(int status, String code, String what) {}

  Guard(int port, SecureRandom random) {
    this.port = port;
    this.token = secret(random);
    this.session = secret(random);
    this.csrf = secret(random);
  }

  /** The token in the printed address. */
  String token() {
    return token;
  }

  /** The token that the page sends with an action. */
  String csrf() {
    return csrf;
  }

  /** The cookie of a browser that has shown the token. It ends with the browser's session. */
  String cookie() {
    return cookieName() + "=" + session + "; Path=/; HttpOnly; SameSite=Strict";
  }

  /** Whether the text is the token in the printed address. */
  boolean isToken(@Nullable String given) {
    return same(token, given);
  }

  /** Checks the host and the origin of a request; null if they are allowed. */
  @Nullable Denial checkOrigin(Map<String, List<String>> headers) {
    List<String> hosts = headers.getOrDefault("Host", List.of());
    if (hosts.size() != 1 || !isOurs(hosts.getFirst())) {
      return new Denial(403, "WRONG_HOST", "the host must be 127.0.0.1 or localhost");
    }
    String own = "http://" + hosts.getFirst();
    for (String origin : headers.getOrDefault("Origin", List.of())) {
      if (!origin.equals(own)) {
        return new Denial(403, "WRONG_ORIGIN", "requests from other pages are refused");
      }
    }
    return null;
  }

  /** Checks that a request has the cookie and comes from our own page; null if so. */
  @Nullable Denial checkSession(Map<String, List<String>> headers) {
    for (String site : headers.getOrDefault("Sec-fetch-site", List.of())) {
      if (!OWN_FETCH_SITES.contains(site)) {
        return new Denial(403, "WRONG_ORIGIN", "requests from other pages are refused");
      }
    }
    for (String cookies : headers.getOrDefault("Cookie", List.of())) {
      for (String cookie : cookies.split(";", -1)) {
        String[] parts = cookie.strip().split("=", 2);
        if (parts.length == 2 && parts[0].equals(cookieName()) && same(session, parts[1])) {
          return null;
        }
      }
    }
    return new Denial(
        401, "NO_SESSION", "open the address that keepwarm console printed; it contains the token");
  }

  /** Checks a request for an action; null if it is allowed. Call {@link #checkSession} first. */
  @Nullable Denial checkAction(Map<String, List<String>> headers) {
    if (headers.getOrDefault("Origin", List.of()).size() != 1) {
      return new Denial(403, "WRONG_ORIGIN", "an action requires the header Origin");
    }
    List<String> given = headers.getOrDefault(CSRF_HEADER, List.of());
    if (given.size() != 1 || !same(csrf, given.getFirst())) {
      return new Denial(403, "NO_CSRF_TOKEN", "an action requires the token of the page");
    }
    List<String> types = headers.getOrDefault("Content-type", List.of());
    if (types.size() != 1 || !types.getFirst().equals("application/json")) {
      return new Denial(415, "INVALID_REQUEST", "Content-Type: must be application/json");
    }
    return null;
  }

  private boolean isOurs(String host) {
    return host.equals("127.0.0.1:" + port)
        || host.equals("localhost:" + port)
        || host.equals("[::1]:" + port);
  }

  /** Contains the port, because browsers share cookies between the ports of a host. */
  private String cookieName() {
    return "keepwarm-console-" + port;
  }

  private static boolean same(String expected, @Nullable String given) {
    return given != null
        && MessageDigest.isEqual(
            expected.getBytes(StandardCharsets.US_ASCII), given.getBytes(StandardCharsets.UTF_8));
  }

  private static String secret(SecureRandom random) {
    byte[] bytes = new byte[24];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Contains no token. */
  @Override
  public String toString() {
    return "Guard[port=" + port + "]";
  }
}
