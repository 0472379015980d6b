package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.decryptor.refresh.CredentialOutcome;
import dev.keepwarm.decryptor.refresh.RefreshPlan;
import dev.keepwarm.decryptor.refresh.TenantRefresh;
import dev.keepwarm.engine.LeakScan;
import dev.keepwarm.engine.SourceRow;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Plants secrets and looks for them in everything that leaves the decryptor. */
final class CanaryTest {
  private static final String CANARY = "canary-7f3a\"91c2/plaintext";
  private static final String PASSPHRASE = "canary-passphrase-55d0";

  private final DecryptorWorld world = new DecryptorWorld();
  private final LeakScan scan = new LeakScan(CANARY, PASSPHRASE);

  @Test
  void nothingThatLeavesTheDecryptorHoldsAPlaintext() {
    world.original("fine", CANARY, 1);
    world.original("rotated", CANARY, 1);
    world.original("revoked", CANARY, 1);
    world.original("large", CANARY.repeat(4096), 1);
    world.original("throws", CANARY, 1);
    world.undecodable("broken", 1);
    world.decoder.before(original -> {
      if (original.id().name().equals("throws")) {
        throw new IllegalStateException("cannot read " + CANARY);
      }
    });

    assertThat(world.due()).isFalse();
    world.original("rotated", CANARY, 2);
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, "rotated", null))).isTrue();
    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, "fine", null))).isTrue();
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, "revoked", null))).isTrue();
    for (String name : List.of("fine", "revoked", "broken", "large", "throws", "nothing")) {
      scan("answer for " + name, world.resolve(name));
    }
    scan(
        "answer for the tenant",
        world
            .process()
            .resolve(
                new ResolveRequest(DecryptorWorld.TENANT, null, null), DecryptorWorld.A_MINUTE));
    for (ErrorCode code : List.of(ErrorCode.UNAVAILABLE, ErrorCode.DENIED, ErrorCode.TIMEOUT)) {
      world.passHardExpiry();
      world.keys.hooks().failWith(code);
      assertThat(world.due()).isFalse();
      scan("answer with " + code, world.resolve("fine"));
      world.keys.hooks().clear();
    }
    world.decoder.before(original -> {});
    assertThat(world.due()).isTrue();

    assertThat(world.readable("fine")).as("the canary went all the way").isEqualTo(CANARY);
    scanWhatIsLeft();
    assertThat(scan.leaks()).isEmpty();
    assertThat(scan.places()).isGreaterThan(50);
  }

  @Test
  void nothingThatLeavesTheDecryptorHoldsAProfilesPassphrase() throws IOException {
    world.source.put(DecryptorWorld.id("a"), "legacy", "!", 1);
    world.source.put(DecryptorWorld.id("b"), "other", "!", 1);
    for (String secret : List.of("{\"passphrase\":\"%s\"}", "{\"key\":\"%s\"}", "%s")) {
      Profiles profiles = Profiles.parse(profiles(secret.formatted(PASSPHRASE)));
      Decoder decoder = profiles.decoder(world.keys);
      Decryptor process = world.process(ports -> ports.withDecoder(decoder));

      assertThat(
              DecryptorWorld.deliver(process, new Event.Rotated(DecryptorWorld.TENANT, null, null)))
          .isTrue();

      scan.scan("profiles", profiles.toString());
      scan.scan("decoder", decoder.toString());
      scanWhatIsLeft();
    }
    assertThat(scan.leaks()).isEmpty();
  }

  @Test
  void nothingPrintsWhatItHolds() {
    SourceRow.Original original =
        new SourceRow.Original(
            DecryptorWorld.id("n"), PlainDecoder.PROFILE, PlainDecoder.encode(CANARY), 1);
    DataKey key =
        DataKey.of(
            (CANARY + CANARY).substring(0, 32).getBytes(StandardCharsets.UTF_8),
            SdkBytes.fromUtf8String("wrapped"),
            1);
    world.original("n", CANARY, 1);
    Entry entry = world.resolved("n");
    KeepwarmException cause = new KeepwarmException(ErrorCode.UNAVAILABLE, "down");

    List<Object> printed =
        new ArrayList<>(
            List.of(
                key,
                original,
                entry,
                new Decoder.Decoded(CANARY.getBytes(StandardCharsets.UTF_8)),
                new Decoder.Undecodable("BAD_PADDING"),
                new RefreshPlan.Seal(original, entry, true, false),
                new CredentialOutcome.Stored(entry),
                new CredentialOutcome.Kept("BAD_PADDING"),
                new CredentialOutcome.Refused(entry),
                new CredentialOutcome.Transient(cause),
                new TenantRefresh.Result(
                    Map.of("n", new CredentialOutcome.Stored(entry)), List.of(), 1, false),
                new ResolveAnswer.Resolved(List.of(entry))));
    printed.forEach(each -> scan.scan(each.getClass().getName(), each.toString()));

    assertThat(scan.leaks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "as it is",
        "utf-16",
        "hex",
        "HEX",
        "base64",
        "base64 +1",
        "base64 +2",
        "url",
        "json",
        "backwards"
      })
  void theScanFindsAPlantedLeak(String form) {
    byte[] utf8 = CANARY.getBytes(StandardCharsets.UTF_8);
    scan.scan("clean", "canary-7f3a91c2/plain...text");
    assertThat(scan.leaks()).isEmpty();

    switch (form) {
      case "as it is" -> scan.scan("planted", "reason: " + CANARY);
      case "utf-16" -> scan.scan("planted", CANARY.getBytes(StandardCharsets.UTF_16LE));
      case "hex" -> scan.scan("planted", "0x" + HexFormat.of().formatHex(utf8));
      case "HEX" -> scan.scan("planted", HexFormat.of().withUpperCase().formatHex(utf8));
      case "base64" -> scan.scan("planted", base64("", utf8));
      case "url" -> scan.scan("planted", "q=" + URLEncoder.encode(CANARY, StandardCharsets.UTF_8));
      case "json" -> scan.scan("planted", Json.write(Map.of("reason", CANARY)));
      case "backwards" -> scan.scan("planted", new StringBuilder(CANARY).reverse().toString());
      case "base64 +1" -> scan.scan("planted", base64("a", utf8));
      default -> scan.scan("planted", base64("ab", utf8));
    }

    assertThat(scan.leaks()).containsExactly("planted");
  }

  @Test
  void theScanFindsALeakInALogLineAndInACause() {
    world.undecodable("n", 1);
    world.decoder.before(original -> {
      // This violates the contract: the message of a KeepwarmException is logged.
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "cannot read " + CANARY);
    });
    assertThat(world.due()).isFalse();

    scan.scan("log", world.log());
    scan.scan("cause", new IllegalStateException(new IllegalStateException(CANARY)));

    assertThat(scan.leaks()).contains("log", "cause");
  }

  private void scanWhatIsLeft() {
    world.log().lines().forEach(line -> scan.scan("log line", line));
    for (Event event : world.bus.published()) {
      scan.scan("event", Events.detail(event));
      scan.scan("event", event.toString());
    }
    for (Map<String, AttributeValue> item : world.cache.items()) {
      item.forEach((name, value) -> {
        String place = "attribute " + name;
        scan.scan(place, value.toString());
        if (value.b() != null) {
          scan.scan(place, value.b().asByteArray());
        }
      });
    }
  }

  private void scan(String place, ResolveAnswer answer) {
    scan.scan(place, answer.toJson());
    scan.scan(place, answer.toString());
  }

  private String profiles(String secret) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode vector;
    try (InputStream file =
        Objects.requireNonNull(
            CanaryTest.class.getResourceAsStream(
                "/vectors/dotnet-legacy/tripledes-ecb-md5.json"))) {
      vector = json.readTree(file).get(0);
    }
    ObjectNode parameters = ((ObjectNode) vector.get("parameters")).deepCopy();
    parameters.remove("passphrase");
    ObjectNode profile = json.createObjectNode().put("scheme", "dotnet");
    profile.set("parameters", parameters);
    byte[] sealed =
        world
            .keys
            .encrypt(secret.getBytes(StandardCharsets.UTF_8), Kms.profileContext("legacy"))
            .asByteArray();
    profile.put("secret", Base64.getEncoder().encodeToString(sealed));
    ObjectNode named = json.createObjectNode();
    named.set("legacy", profile);
    named.set("other", profile);
    return json.createObjectNode().set("profiles", named).toString();
  }

  private static String base64(String prefix, byte[] bytes) {
    byte[] before = prefix.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[before.length + bytes.length];
    System.arraycopy(before, 0, all, 0, before.length);
    System.arraycopy(bytes, 0, all, before.length, bytes.length);
    return Base64.getEncoder().encodeToString(all);
  }
}
