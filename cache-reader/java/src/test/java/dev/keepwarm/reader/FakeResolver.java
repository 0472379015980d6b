package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A decryptor that answers as it is told. Thread-safe. */
final class FakeResolver implements Resolver {
  private final List<ResolveRequest> requests = new CopyOnWriteArrayList<>();
  private volatile Function<ResolveRequest, String> answers =
      request -> {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "nobody told what to answer");
      };

  void answer(Function<ResolveRequest, ResolveAnswer> answers) {
    answerText(request -> answers.apply(request).toJson());
  }

  /** Answers with a text, which need not be an answer at all. */
  void answerText(Function<ResolveRequest, String> answers) {
    this.answers = answers;
  }

  void answer(Entry... entries) {
    answer(request -> new ResolveAnswer.Resolved(List.of(entries)));
  }

  void refuse(ErrorCode code) {
    answer(request -> new ResolveAnswer.Refused(code, "told so"));
  }

  List<ResolveRequest> requests() {
    return List.copyOf(requests);
  }

  @Override
  public ResolveAnswer resolve(ResolveRequest request) {
    // Over the wire and back, as with a real one.
    return ResolveAnswer.parse(text(request));
  }

  /** The answer as it is on the wire. */
  String text(ResolveRequest request) {
    requests.add(request);
    return answers.apply(request);
  }
}
