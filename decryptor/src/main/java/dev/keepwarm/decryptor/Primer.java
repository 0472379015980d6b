package dev.keepwarm.decryptor;

import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.refresh.MadeUp;
import dev.keepwarm.engine.snapshot.PrimingServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Resolves a made-up credential and handles a made-up event end to end, so that a snapshot holds
 * every class that this needs. It uses no real data.
 */
final class Primer {
  private static final String NAME = "priming";

  private Primer() {}

  /** Takes a second or two in a fresh process. */
  static void run() {
    try (PrimingServer aws = PrimingServer.start(Primer::answer)) {
      Map<String, String> environment = new HashMap<>(aws.environment());
      environment.put("KEEPWARM_KMS_KEY", NAME);
      environment.put("KEEPWARM_SOURCE_TABLE", "originals");
      environment.put("KEEPWARM_PROFILES", MadeUp.profiles(NAME, base64(NAME)));
      PrintStream nowhere =
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      try (DecryptorComposition composition = DecryptorComposition.of(environment, nowhere)) {
        prime(composition.decryptor());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void prime(Decryptor decryptor) {
    List<String> failed =
        decryptor.handle(List.of(new Decryptor.Message(NAME, event())), () -> 60_000);
    ResolveAnswer answer = decryptor.resolve(new ResolveRequest(NAME, NAME, null), () -> 60_000);
    if (!failed.isEmpty() || !answer.toJson().contains(EntryState.READY.name())) {
      throw new IllegalStateException("the test credential could not be resolved");
    }
  }

  private static String event() {
    return Json.write(
        Map.of(
            "source",
            Events.SOURCE,
            "detail-type",
            Events.TENANTS_DUE,
            "detail",
            Map.of("tenants", List.of(NAME))));
  }

  private static String answer(String operation, String request) {
    return switch (operation) {
      case "TrentService.Decrypt" ->
          Json.write(Map.of("KeyId", NAME, "Plaintext", base64(MadeUp.SECRET)));
      case "TrentService.GenerateDataKey" ->
          Json.write(
              Map.of(
                  "KeyId", NAME,
                  "Plaintext", Base64.getEncoder().encodeToString(new byte[32]),
                  "CiphertextBlob", base64(NAME)));
      case "DynamoDB_20120810.Query" ->
          request.contains("\"originals\"")
              ? Json.write(
                  Map.of(
                      "Items",
                      List.of(
                          Map.of(
                              "tenant", Map.of("S", NAME),
                              "name", Map.of("S", NAME),
                              "profile", Map.of("S", NAME),
                              "ciphertext", Map.of("S", MadeUp.CIPHERTEXT),
                              "version", Map.of("N", "1"))),
                      "Count",
                      1L))
              : "{\"Items\":[],\"Count\":0}";
      case "DynamoDB_20120810.UpdateItem" ->
          Json.write(
              Map.of(
                  "Attributes",
                  Map.of(
                      "tenant", Map.of("S", NAME),
                      "name", Map.of("S", NAME),
                      "state", Map.of("S", EntryState.INVALID.name()),
                      "fence", Map.of("N", "1"))));
      default -> "{}";
    };
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
