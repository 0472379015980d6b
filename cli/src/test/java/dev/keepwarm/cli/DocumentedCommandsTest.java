package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command accepts every command line in the documents, the help and CI's scripts. */
class DocumentedCommandsTest {
  private static final Path ROOT = Checkout.root();

  private static final Set<String> NOT_OURS =
      Set.of("target", "node_modules", ".git", "images", "results");

  /** A command line to type, in Markdown. {@code keepwarm cost} alone only names a command. */
  private static final Pattern TYPED = Pattern.compile("\\./keepwarm( [^`|;&)<>#\\n]*)");

  /** A line of an example in the help, or of a script. */
  private static final Pattern LINE =
      Pattern.compile("(?m)^ *(?:[^#\\n]*?[\"'(| ])?(?:\\./)?keepwarm( [^`|;&)<>#'\\n]*)");

  private static final Pattern EXAMPLES = Pattern.compile("(?m)^Examples?:\\n((?: .*\\n)+)");

  private static final Pattern ARGUMENT = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  /** Stands for a value, such as N or TENANT. */
  private static final Pattern PLACEHOLDER = Pattern.compile("[A-Z]+");

  @Test
  void documentsShowCommandsThatAreThere() throws IOException {
    List<String> wrong = new ArrayList<>();
    int checked = 0;
    for (Path document : files(".md")) {
      String text = joined(document);
      checked += check(TYPED.matcher(text), document, wrong);
      Matcher examples = EXAMPLES.matcher(text);
      while (examples.find()) {
        checked += check(LINE.matcher(examples.group(1)), document, wrong);
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(checked).isGreaterThan(30);
  }

  @Test
  void scriptsRunCommandsThatAreThere() throws IOException {
    List<String> wrong = new ArrayList<>();
    int checked = 0;
    try (var scripts = Files.list(ROOT.resolve(".ci"))) {
      for (Path script : scripts.filter(Files::isRegularFile).toList()) {
        checked += check(LINE.matcher(joined(script)), script, wrong);
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(checked).isGreaterThan(5);
  }

  private static int check(Matcher lines, Path file, List<String> wrong) {
    int checked = 0;
    while (lines.find()) {
      List<String> arguments = new ArrayList<>();
      Matcher argument = ARGUMENT.matcher(lines.group(1));
      while (argument.find()) {
        String given = argument.group(1) != null ? argument.group(1) : argument.group(2);
        if (!given.equals("$@")) {
          arguments.add(PLACEHOLDER.matcher(given).matches() ? "1" : given);
        }
      }
      if (lines.group(1).equals(" COMMAND")) {
        continue;
      }
      checked++;
      try {
        CommandLine.ParseResult unused = root().parseArgs(arguments.toArray(String[]::new));
      } catch (ParameterException e) {
        wrong.add(ROOT.relativize(file) + ": keepwarm" + lines.group(1) + ": " + e.getMessage());
      }
    }
    return checked;
  }

  /** The text, with lines that end in a backslash joined with the next one. */
  private static String joined(Path file) throws IOException {
    return Files.readString(file).replaceAll("\\\\\\n *", "");
  }

  private static List<Path> files(String end) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes unused) {
            return NOT_OURS.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes unused) {
            if (file.toString().endsWith(end)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  private static CommandLine root() {
    PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
    return KeepwarmCommand.commandLine(
        new Io(InputStream.nullInputStream(), nowhere, nowhere, null),
        () -> {
          throw new IllegalStateException("parsing needs no ports");
        });
  }
}
