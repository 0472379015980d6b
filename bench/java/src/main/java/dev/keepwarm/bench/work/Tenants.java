package dev.keepwarm.bench.work;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.engine.SourceRow;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The tenants of the work suite: ten credentials of 100 characters each. */
final class Tenants {
  /** The number of credentials of each. */
  static final int CREDENTIALS = 10;

  private static final int CHARACTERS = 100;

  private Tenants() {}

  /** Tenants whose names have a given prefix. */
  static List<String> named(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + "-" + i).toList();
  }

  /** The ids of a tenant. */
  static Stream<CredentialId> ids(String tenant) {
    return IntStream.range(0, CREDENTIALS)
        .mapToObj(i -> new CredentialId(tenant, "credential-" + i));
  }

  /** A tenant's originals, of one version. */
  static List<SourceRow.Original> rows(Originals originals, String tenant) {
    return ids(tenant).map(id -> originals.original(id, random(), 1)).toList();
  }

  /** The message that makes a decryptor refresh tenants. */
  static Decryptor.Message due(List<String> tenants) {
    Event event = new Event.TenantsDue(tenants);
    return new Decryptor.Message(
        "1",
        "{\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(Events.SOURCE, Events.detailType(event), Events.detail(event)));
  }

  private static String random() {
    byte[] random = new byte[CHARACTERS / 2];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
