package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.SealedCredential;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code keepwarm get}. */
@Command(
    name = "get",
    description = {
      "Show what the cache has of one credential, but not its value.",
      "",
      "--reveal prints only the value. You need permission to decrypt with the KMS key"
          + " for this tenant. The command calls only the cache table and KMS: a cold"
          + " credential stays cold."
    },
    footer = {
      "",
      "JSON: one entry as in keepwarm list; with --reveal also \"value\" (text in UTF-8) or"
          + " \"valueBase64\" (anything else)."
    })
final class GetCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant.")
  private String tenant = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "The credential's name.")
  private String name = "";

  @Mixin private final RevealOptions revealing = new RevealOptions();

  GetCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    CredentialId id = new CredentialId(tenant, name);
    revealing.check(io);
    try (Ports ports = factory.open()) {
      Entry entry = ports.cache().read(id);
      if (entry == null) {
        throw new KeepwarmException(
            ErrorCode.NOT_FOUND, "no entry of " + id + "; it may be cold, see keepwarm warm");
      }
      EntryView view = EntryView.of(entry, new FreshRecords(ports.cache(), ports.clock().millis()));
      if (revealing.reveal()) {
        reveal(ports, view);
      } else if (common.json()) {
        io.json(view.json());
      } else {
        Table table = new Table(id.tenant(), id.name(), "");
        view.addAttributesTo(table);
        table.print(io.out());
      }
    }
    return ExitCode.DONE.number();
  }

  private void reveal(Ports ports, EntryView view) {
    byte[] value = unseal(ports, view);
    try {
      if (common.json()) {
        Map<String, @Nullable Object> json = view.json();
        Revealed.putInto(json, value);
        io.json(json);
      } else {
        Revealed.print(io, value, revealing.force());
      }
    } finally {
      Arrays.fill(value, (byte) 0);
    }
  }

  private static byte[] unseal(Ports ports, EntryView view) {
    Entry entry = view.entry();
    CredentialId id = entry.id();
    SealedCredential sealed = entry.sealed();
    return switch (view.condition()) {
      case REVOKED -> throw new KeepwarmException(ErrorCode.REVOKED, id + " is revoked");
      case FAILED ->
          throw new KeepwarmException(
              entry.failure() == null ? ErrorCode.UNDECODABLE : entry.failure().errorCode(),
              id + (entry.failure() == null ? "" : ": " + entry.failure().code()));
      case COLD ->
          throw new KeepwarmException(
              ErrorCode.UNAVAILABLE, id + " is cold; see keepwarm warm --wait");
      case WARM, DUE -> {
        if (sealed == null) {
          throw new IllegalStateException("a warm entry must be sealed");
        }
        DataKey key = ports.keys().unwrap(id.tenant(), sealed.dataKey(), sealed.dataKeyCreatedAt());
        yield Envelope.unseal(key, id, sealed);
      }
    };
  }
}
