package dev.keepwarm.decryptor.dotnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** On plain bytes, as a right key decrypts values with an unknown IV. */
class ConstantIvTest {

  private static final int BLOCK = 16;

  private final Seed seed = Seed.constant();
  private final Beginnings beginnings = new Beginnings();
  private final byte[] iv = seed.bytes(BLOCK);

  /** An empty text and a short one consist mostly of padding, which is known. */
  @Test
  void followsFromShortTexts() {
    for (String shortText : List.of("", "x", "sa")) {
      ConstantIv.Found found =
          search(List.of(shortText, "Server=10.1.2.3;Uid=hr;Pwd=x", "CORP\\svc_hr:17-seven"))
              .search();

      assertThat(found.iv()).as(shortText).isEqualTo(iv);
      assertThat(found.ahead()).as(shortText).isGreaterThan(10);
    }
  }

  @Test
  void followsFromManyTexts() {
    List<String> texts =
        List.of(
            "Data Source=violet;User Id=crew",
            "{\"user\":\"ledger\",\"password\":\"",
            "<user name=\"kitchen\"/>",
            "https://zephyr.example.net/",
            "walnut river plant",
            "NANCY\\lantern:marble1234",
            "provider=sqloledb;server=oslo",
            "b7aa0f17-9f3d-2f83-4539-a6589d0bb");

    assertThat(search(texts).search().iv()).isEqualTo(iv);
  }

  /** Nearly any IV turns two texts into two other plausible texts. */
  @Test
  void doesNotFollowFromFewTexts() {
    assertThat(search(List.of("lanternXmarble1234", "kE3nGd9f7!aacdpqrs")).search().ahead())
        .isLessThan(10);
    assertThat(search(List.of("{\"username\":\"hr\"}")).search().ahead()).isLessThan(10);
  }

  /** The shared beginning could be anything; the model only knows common beginnings. */
  @Test
  void doesNotFollowFromTextsThatBeginAlike() {
    List<String> texts =
        List.of(
            "https://Kevin.example.net/etl",
            "https://Vienna.example.net/plant",
            "https://mail.example.net/Kevin",
            "https://marble.example.net/Vienna");

    assertThat(search(texts).search().ahead()).isLessThan(10);
  }

  /** A result that is reported as certain is right. */
  @Test
  void isNeverWrong() {
    int certain = 0;
    for (int group = 0; group < Integer.getInteger("detection.ivs", 25); group++) {
      boolean isMixed = seed.flip();
      int kind = seed.below(EverydayTexts.KINDS);
      List<String> texts = new ArrayList<>();
      for (int i = 1 + seed.below(10); i > 0; i--) {
        texts.add(EverydayTexts.of(isMixed ? seed.below(EverydayTexts.KINDS) : kind, seed));
      }
      ConstantIv.Found found = search(texts).search();
      if (found.ahead() >= 10) {
        certain++;
        assertThat(found.iv()).as("%s", texts).isEqualTo(iv);
      }
    }
    assertThat(certain).isPositive();
  }

  /** Texts under one IV resemble each other; random bytes in front of values do not. */
  @Test
  void tellsAConstantFromRandomBytesInFront() {
    List<String> texts = List.of("Tr0ub4dor&3-payroll-17", "{\"pin\":\"1234-5678-9012\"}");
    ConstantIv constant = search(texts);
    assertThat(constant.search().bits()).isGreaterThan(constant.bitsIfPrepended(-14) + 10);
    assertThat(constant.bitsOf(Collections.nCopies(2, iv)))
        .isGreaterThan(constant.search().bits() + 10);

    List<ConstantIv.Value> prepended =
        texts.stream()
            .map(text ->
                new ConstantIv.Value(
                    seed.bytes(BLOCK), text.getBytes(StandardCharsets.UTF_8), false))
            .toList();
    ConstantIv random = new ConstantIv(beginnings, prepended, Padding.PKCS7, TextEncoding.UTF_8);
    assertThat(random.bitsIfPrepended(-14)).isGreaterThan(random.search().bits() + 10);
  }

  private ConstantIv search(List<String> texts) {
    return new ConstantIv(
        beginnings, texts.stream().map(this::value).toList(), Padding.PKCS7, TextEncoding.UTF_8);
  }

  private ConstantIv.Value value(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int padded = (bytes.length / BLOCK + 1) * BLOCK;
    byte[] blocks = Arrays.copyOf(bytes, padded);
    Arrays.fill(blocks, bytes.length, padded, (byte) (padded - bytes.length));
    byte[] first = Arrays.copyOf(blocks, BLOCK);
    for (int at = 0; at < BLOCK; at++) {
      first[at] ^= iv[at];
    }
    return new ConstantIv.Value(
        first,
        bytes.length > BLOCK ? Arrays.copyOfRange(bytes, BLOCK, bytes.length) : new byte[0],
        padded == BLOCK);
  }
}
