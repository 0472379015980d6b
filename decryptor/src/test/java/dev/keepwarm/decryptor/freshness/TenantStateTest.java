package dev.keepwarm.decryptor.freshness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.decryptor.freshness.TenantState.Depth;
import dev.keepwarm.engine.SourceRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.SdkBytes;

final class TenantStateTest {
  private static final SourceRow BANK = original("bank", "legacy", "c1", 7);
  private static final SourceRow TAX = original("tax", "legacy", "c2", 3);

  @ParameterizedTest
  @EnumSource
  void theOrderOfTheRowsDoesNotMatter(Depth depth) {
    List<SourceRow> rows = new ArrayList<>(List.of(BANK, TAX));
    SdkBytes digest = TenantState.of(rows, depth).digest();
    Collections.reverse(rows);

    assertThat(TenantState.of(rows, depth).digest()).isEqualTo(digest);
  }

  @ParameterizedTest
  @EnumSource
  void everyChangeIsAnotherDigest(Depth depth) {
    Set<SdkBytes> digests = new HashSet<>();
    List<List<SourceRow>> states =
        List.of(
            List.of(),
            List.of(BANK),
            List.of(TAX),
            List.of(BANK, TAX),
            List.of(original("bank", "legacy", "c1", 8), TAX),
            List.of(original("bank2", "legacy", "c1", 7), TAX),
            List.of(BANK, new SourceRow.Unusable(TAX.id(), 3L, "BAD_ROW")),
            List.of(BANK, new SourceRow.Unusable(TAX.id(), null, "BAD_ROW")),
            List.of(BANK, new SourceRow.Unusable(TAX.id(), 3L, "TOO_LARGE")));

    states.forEach(state -> digests.add(TenantState.of(state, depth).digest()));

    assertThat(digests).hasSameSizeAs(states);
  }

  @Test
  void anOriginalThatIsReplacedUnderItsVersionIsNoticedWhereOriginalsAreRead() {
    List<SourceRow> replaced = List.of(original("bank", "legacy", "c9", 7), TAX);
    List<SourceRow> otherProfile = List.of(original("bank", "newer", "c1", 7), TAX);

    assertThat(digest(replaced, Depth.ORIGINALS))
        .isNotEqualTo(digest(List.of(BANK, TAX), Depth.ORIGINALS))
        .isNotEqualTo(digest(otherProfile, Depth.ORIGINALS));
    assertThat(digest(replaced, Depth.VERSIONS))
        .isEqualTo(digest(List.of(BANK, TAX), Depth.VERSIONS))
        .isEqualTo(digest(otherProfile, Depth.VERSIONS));
  }

  @Test
  void aStateComparedAtAnotherDepthIsAnotherState() {
    assertThat(digest(List.of(BANK), Depth.ORIGINALS))
        .isNotEqualTo(digest(List.of(BANK), Depth.VERSIONS));
  }

  @Test
  void fieldsDoNotRunIntoOneAnother() {
    assertThat(digest(List.of(original("bank", "ab", "c", 7)), Depth.ORIGINALS))
        .isNotEqualTo(digest(List.of(original("bank", "a", "bc", 7)), Depth.ORIGINALS));
  }

  @Test
  void whenARowWasChangedDoesNotMatter() {
    SourceRow touched = new SourceRow.Original(BANK.id(), "legacy", "c1", 7, 1_767_225_600_000L);

    assertThat(digest(List.of(touched), Depth.ORIGINALS))
        .isEqualTo(digest(List.of(BANK), Depth.ORIGINALS));
  }

  @Test
  void printsNoOriginal() {
    assertThat(TenantState.of(List.of(BANK), Depth.ORIGINALS).toString()).doesNotContain("c1");
  }

  private static SdkBytes digest(List<SourceRow> rows, Depth depth) {
    return TenantState.of(rows, depth).digest();
  }

  private static SourceRow original(String name, String profile, String ciphertext, long version) {
    return new SourceRow.Original(new CredentialId("acme", name), profile, ciphertext, version);
  }
}
