package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Versions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

/** The behaviour of every {@link Source}. */
public abstract class SourceContract {
  /** A source without rows, that no other test uses; always the same within one test. */
  protected abstract Source source();

  /** Stores a row in the source. */
  protected abstract void put(SourceRow.Original row);

  /** The row as the source returns it; its version differs if the source sets versions itself. */
  protected SourceRow.Original shown(SourceRow.Original put) {
    return put;
  }

  /** Deletes a row from the source. */
  protected abstract void delete(CredentialId id);

  @Test
  void readsNothingOfATenantThatHasNothing() {
    put(row("acme", "a", 1));

    assertThat(source().readTenant("acm")).isEmpty();
    assertThat(source().readTenant("acme2")).isEmpty();
  }

  @Test
  void readsAllRowsOfATenantAsTheyAreStored() {
    SourceRow.Original a = row("acme", "a", 0);
    SourceRow.Original b = row("acme", "b", Versions.MAX);
    put(a);
    put(b);
    put(row("other", "a", 1));

    assertThat(source().readTenant("acme")).containsExactlyInAnyOrder(shown(a), shown(b));
  }

  @Test
  void readsTheLatestVersionOfARow() {
    put(row("acme", "a", 1));
    SourceRow.Original latest = row("acme", "a", 2);
    put(latest);

    assertThat(source().readTenant("acme")).containsExactly(shown(latest));
  }

  @Test
  void readsNoDeletedRow() {
    SourceRow.Original other = row("acme", "b", 1);
    put(row("acme", "a", 1));
    put(other);

    delete(new CredentialId("acme", "a"));

    assertThat(source().readTenant("acme")).containsExactly(shown(other));
  }

  @Test
  void readsATenantOfManyRows() {
    List<SourceRow> rows = new ArrayList<>();
    for (int i = 100; i < 130; i++) {
      SourceRow.Original row =
          new SourceRow.Original(
              new CredentialId("acme", "n" + i), "legacy", "x".repeat(50_000), 1);
      put(row);
      rows.add(shown(row));
    }

    assertThat(source().readTenant("acme")).containsExactlyInAnyOrderElementsOf(rows);
  }

  @Test
  void hasNoTenantsWithoutRows() {
    assertThat(allTenants(10)).isEmpty();
  }

  @Test
  void pagesThroughEveryTenantWhateverTheLimit() {
    Set<String> expected = new LinkedHashSet<>();
    for (int tenant = 0; tenant < 7; tenant++) {
      for (int name = 0; name <= tenant % 3; name++) {
        put(row("t:" + tenant, "1:n" + name, 1));
      }
      expected.add("t:" + tenant);
    }

    for (int limit : new int[] {1, 2, 3, 7, 100}) {
      assertThat(allTenants(limit)).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void namesATenantOnceAPage() {
    put(row("acme", "a", 1));
    put(row("acme", "b", 1));

    assertThat(source().tenants(null, 100)).isEqualTo(new Source.TenantPage(List.of("acme"), null));
  }

  @Test
  void comparesWhatItWouldRead() {
    put(row("acme", "a", 1));
    put(row("acme", "b", 2));
    put(row("beta", "a", 3));
    put(row("gamma", "a", 4));

    Map<String, TenantState> states = source().compare(Set.of("acme", "beta", "nobody"));

    assertThat(states).containsOnlyKeys("acme", "beta", "nobody");
    states.forEach((tenant, state) -> assertThat(state.digest()).isEqualTo(digestOfRows(tenant)));
    assertThat(states.get("nobody").size()).isZero();
  }

  @Test
  void comparesEveryChangeAsAnotherState() {
    Set<SdkBytes> digests = new LinkedHashSet<>();
    put(row("acme", "a", 1));
    digests.add(compared("acme"));
    put(row("acme", "a", 2));
    digests.add(compared("acme"));
    put(row("acme", "b", 1));
    digests.add(compared("acme"));
    delete(new CredentialId("acme", "a"));
    digests.add(compared("acme"));
    delete(new CredentialId("acme", "b"));
    digests.add(compared("acme"));

    assertThat(digests).hasSize(5);
  }

  @Test
  void comparesMoreTenantsThanOneRequestIsFor() {
    Set<String> tenants = new LinkedHashSet<>();
    for (int i = 0; i < source().comparedAtOnce() + 2; i++) {
      put(row("t" + i, "a", i));
      tenants.add("t" + i);
    }

    Map<String, TenantState> states = source().compare(tenants);

    assertThat(states).containsOnlyKeys(tenants);
    states.forEach((tenant, state) -> assertThat(state.digest()).isEqualTo(digestOfRows(tenant)));
  }

  private SdkBytes compared(String tenant) {
    return source().compare(Set.of(tenant)).get(tenant).digest();
  }

  private SdkBytes digestOfRows(String tenant) {
    return TenantState.of(source().readTenant(tenant), source().depth()).digest();
  }

  private Set<String> allTenants(int limit) {
    Set<String> tenants = new LinkedHashSet<>();
    @Nullable String from = null;
    int pages = 0;
    do {
      Source.TenantPage page = source().tenants(from, limit);
      assertThat(page.tenants()).doesNotHaveDuplicates();
      tenants.addAll(page.tenants());
      from = page.next();
      pages++;
    } while (from != null && pages < 1_000);
    assertThat(from).isNull();
    return tenants;
  }

  private static SourceRow.Original row(String tenant, String name, long version) {
    return new SourceRow.Original(
        new CredentialId(tenant, name), "legacy", "ciphertext " + version, version);
  }
}
