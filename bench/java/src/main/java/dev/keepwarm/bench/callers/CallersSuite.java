package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import java.util.Arrays;
import java.util.List;

/**
 * What a caller waits for a credential: awaiting a decryptor, cold and warm, and reading from
 * Keepwarm; by processes over HTTP, and over a simulated day.
 */
public final class CallersSuite implements Suite {

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("What callers wait");
    try (Deployment deployment = Deployment.start(run);
        CallerProcess java = CallerProcess.java(deployment.callersEnvironment());
        CallerProcess node = CallerProcess.node(run.home(), deployment.callersEnvironment())) {
      List<CallerProcess> callers = List.of(java, node);
      List<Way> ways = Arrays.stream(Way.values()).filter(deployment::has).toList();
      Measured measured = new Measurement(run, deployment, callers, ways).run();
      List<String> languages = callers.stream().map(CallerProcess::language).toList();
      for (String language : languages) {
        for (int concurrency : Measurement.concurrencies(run)) {
          WaitTables.add(result, measured, language, concurrency);
        }
      }
      Notes.onCalls(result, deployment);
      try (Days days = new Days(run, measured, ways)) {
        days.add(result, languages);
      }
    }
    return result;
  }
}
