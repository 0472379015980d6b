package dev.keepwarm.bench.reader;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.CredentialId;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures the time from the start of a caller's process to its first credential; see {@link
 * FirstRead}.
 */
final class FirstReads {
  private static final int STARTS = 14;
  private static final List<String> LAMBDA = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  private static final Pattern LOADED = Pattern.compile("source: (?:jar:)?file:(\\S+\\.jar)");

  private final SealedTable sealed;

  private FirstReads(SealedTable sealed) {
    this.sealed = sealed;
  }

  static void measure(Result result, Run run, SealedTable sealed) throws Exception {
    FirstReads starts = new FirstReads(sealed);
    Map<String, String> variants = new LinkedHashMap<>();
    variants.put("keepwarm", "`KeepwarmReader.create().get`: GetItem, KMS, unseal");
    variants.put("vouched", "the same, and the freshness record that vouches for the entry");
    variants.put("sdk", "SDK: GetItem, KMS, unseal by hand");
    variants.put("getItem", "SDK: the first `GetItem` only");
    String classPath =
        run.smoke()
            ? System.getProperty("java.class.path")
            : starts.classPath(List.copyOf(variants.keySet()));
    Table lambda =
        result.table("first-lambda", "First read of a process, Lambda's JVM flags", "ms");
    starts.measure(lambda, variants, classPath, LAMBDA, run);
    result.atMost(
        "first read with a freshness record, × one without",
        lambda.ratio("vouched", "keepwarm"),
        1.10);
    if (!run.smoke()) {
      starts.measure(
          result.table("first-defaults", "First read of a process, JVM defaults", "ms"),
          variants,
          classPath,
          List.of(),
          run);
    }
    result.note(
        "A first read lasts from the start of the process to the credential, over plain HTTP. The"
            + " class path has exactly the jars from which one of the variants loads a class."
            + " Lambda's flags are "
            + String.join(" ", LAMBDA)
            + ".");
  }

  private void measure(
      Table table, Map<String, String> variants, String classPath, List<String> flags, Run run)
      throws IOException, InterruptedException {
    List<String> names = List.copyOf(variants.keySet());
    List<String> labels = List.copyOf(variants.values());
    int starts = run.pick(STARTS, 1);
    double[][] millis = new double[names.size()][starts];
    for (int start = 0; start < starts; start++) {
      for (int i = 0; i < names.size(); i++) {
        int variant = (start + i) % names.size();
        millis[variant][start] = start(names.get(variant), classPath, flags);
      }
    }
    table.floor("getItem").peer("sdk").bars(false);
    for (int i = 0; i < millis.length; i++) {
      table.row(names.get(i), labels.get(i), millis[i]);
    }
  }

  /** The jars from which the variants load classes, in the order of this process's class path. */
  private String classPath(List<String> variants) throws IOException, InterruptedException {
    String whole = System.getProperty("java.class.path");
    Path log = Files.createTempFile("keepwarm-bench", ".log");
    try {
      Set<String> used = new HashSet<>();
      for (String variant : variants) {
        start(variant, whole, List.of("-Xshare:off", "-Xlog:class+load:file=" + log));
        try (Stream<String> lines = Files.lines(log)) {
          lines.map(LOADED::matcher).filter(Matcher::find).forEach(line -> used.add(line.group(1)));
        }
      }
      List<String> jars = new ArrayList<>();
      for (String jar : whole.split(File.pathSeparator)) {
        // The JVM prints paths with resolved links.
        if (used.contains(Path.of(jar).toRealPath().toString())) {
          jars.add(jar);
        }
      }
      return String.join(File.pathSeparator, jars);
    } finally {
      Files.deleteIfExists(log);
    }
  }

  /** Starts a process; returns after how many milliseconds it had the credential. */
  private double start(String variant, String classPath, List<String> flags)
      throws IOException, InterruptedException {
    CredentialId id =
        variant.equals("vouched") ? SealedTable.VOUCHED : SealedTable.ids().getFirst();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(
        List.of("-cp", classPath, FirstRead.class.getName(), variant, id.tenant(), id.name()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(sealed.environment());
    long before = System.nanoTime();
    Process process = builder.start();
    try (BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
      String line = out.readLine();
      double millis = (System.nanoTime() - before) / 1e6;
      if (!FirstRead.DONE.equals(line) || process.waitFor() != 0) {
        throw new IOException("the first read of variant " + variant + " failed");
      }
      return millis;
    }
  }
}
