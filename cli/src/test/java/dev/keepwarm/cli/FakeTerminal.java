package dev.keepwarm.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A terminal that answers from a list. Thread-safe. */
final class FakeTerminal implements Terminal {
  private final Deque<String> answers = new ArrayDeque<>();
  private final List<String> questions = new ArrayList<>();
  private final List<String> shown = new ArrayList<>();
  private final int columns;

  FakeTerminal() {
    this(80);
  }

  FakeTerminal(int columns) {
    this.columns = columns;
  }

  /** Answers the next question. */
  synchronized FakeTerminal answer(String answer) {
    answers.add(answer);
    return this;
  }

  synchronized List<String> questions() {
    return List.copyOf(questions);
  }

  synchronized List<String> shown() {
    return List.copyOf(shown);
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public synchronized void show(String line) {
    shown.add(line);
  }

  @Override
  public synchronized @Nullable String ask(String question) {
    questions.add(question);
    return answers.poll();
  }

  @Override
  public char @Nullable [] askSecret(String question) {
    String answer = ask(question);
    return answer == null ? null : answer.toCharArray();
  }
}
