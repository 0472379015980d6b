package dev.keepwarm.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChecksTest {
  private final Checks checks = new Checks();

  @Test
  void aPartThatFailsIsACheckThatDoesNotHoldAndTheNextPartRuns() throws Exception {
    assertThat(checks.run("reading", () -> fail(ErrorCode.TIMEOUT, "it did not work"))).isFalse();
    assertThat(checks.run("rotating", () -> checks.add("rotated", true, "40", LookAt.ENTRY)))
        .isTrue();

    assertThat(checks.allOk()).isFalse();
    assertThat(checks.all())
        .containsExactly(
            new Checks.Check("reading went through", false, "TIMEOUT: it did not work", LookAt.LOG),
            new Checks.Check("rotated", true, "40", null));
  }

  @Test
  void anErrorThatIsNotOursIsToldWithoutItsContent() throws Exception {
    boolean unused =
        checks.run(
            "reading",
            () -> {
              throw new IllegalStateException("s3cret");
            });

    assertThat(checks.all().getFirst().detail()).isEqualTo("IllegalStateException");
  }

  @Test
  void whoInterruptsEndsTheDemo() {
    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() ->
            checks.run(
                "reading",
                () -> {
                  throw new InterruptedException();
                }));
  }

  @Test
  void theReportSaysWhichCheckFailedAndWhereToLook() {
    checks.add("no message ended as a dead letter", false, "2 found", LookAt.DEAD_LETTERS);
    checks.add("fine", true, "1 of 1", LookAt.ENTRY);
    DemoReport report =
        new DemoReport(
            Map.of("reads", 3L),
            List.of(new DemoReport.Row("near", "near hit", new Latencies())),
            checks,
            new byte[0]);
    StringWriter printed = new StringWriter();

    report.print(new PrintWriter(printed));

    assertThat(printed.toString())
        .contains("FAIL no message ended as a dead letter (2 found)")
        .contains("     look at " + LookAt.DEAD_LETTERS)
        .contains("ok   fine (1 of 1)")
        .doesNotContain(LookAt.ENTRY)
        .contains("1 of 2 checks hold");
    assertThat(report.toJson().get("checks"))
        .isEqualTo(
            List.of(
                Map.of(
                    "name",
                    "no message ended as a dead letter",
                    "ok",
                    false,
                    "detail",
                    "2 found",
                    "lookAt",
                    LookAt.DEAD_LETTERS),
                Map.of("name", "fine", "ok", true, "detail", "1 of 1")));
  }

  private static void fail(ErrorCode code, String message) {
    throw new KeepwarmException(code, message);
  }
}
