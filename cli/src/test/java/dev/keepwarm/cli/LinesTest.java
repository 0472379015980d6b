package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
  @Test
  void readsLinesWhateverEndsThem() throws Exception {
    assertThat(all("a\nb\r\n\nä")).containsExactly("a", "b", "", "ä");
    assertThat(all("a\n")).containsExactly("a");
    assertThat(all("")).isEmpty();
  }

  @Test
  void skipsAByteOrderMarkAtTheBeginningOnly() throws Exception {
    assertThat(all("\uFEFFa\n\uFEFFb")).containsExactly("a", "\uFEFFb");
  }

  @Test
  void goesOnAfterALineThatCannotBeRead() throws Exception {
    byte[] text = "?\nb\n".getBytes(StandardCharsets.US_ASCII);
    text[0] = (byte) 0xFF;
    Lines lines = new Lines(new ByteArrayInputStream(text));

    assertThatExceptionOfType(Lines.UnreadableLineException.class)
        .isThrownBy(lines::next)
        .withMessage("not UTF-8");
    assertThat(lines.next()).isEqualTo("b");
    assertThat(lines.number()).isEqualTo(2);
    assertThat(lines.next()).isNull();
    assertThat(lines.bytes()).isEqualTo(4);
  }

  private static List<String> all(String text) throws Exception {
    Lines lines = new Lines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    List<String> all = new ArrayList<>();
    for (String line = lines.next(); line != null; line = lines.next()) {
      all.add(line);
    }
    return all;
  }
}
