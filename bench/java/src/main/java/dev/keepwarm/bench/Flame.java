package dev.keepwarm.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A flame graph's tree, without the frames that are too narrow to be seen. Not thread-safe while it
 * grows.
 */
final class Flame {
  /** The share of the whole that a frame needs to be shown. */
  private static final double LEAST = 0.004;

  private static final int DEEPEST = 60;

  private final String frame;
  private final Map<String, Flame> callees = new LinkedHashMap<>();
  private double all;

  private Flame(String frame) {
    this.frame = frame;
  }

  /**
   * The tree of stacks.
   *
   * @return a node per frame: its id, its caller's id, its name, its class's owner and its own
   *     weight
   */
  static List<Map<String, Object>> of(List<Stack> stacks) {
    Flame root = new Flame("all");
    stacks.forEach(stack -> root.add(stack.frames().split(";"), stack.weight()));
    List<Map<String, Object>> nodes = new ArrayList<>();
    root.list(nodes, null, root.all * LEAST);
    return nodes;
  }

  private void add(String[] stack, double value) {
    all += value;
    Flame caller = this;
    for (int depth = 0; depth < Math.min(stack.length, DEEPEST); depth++) {
      caller = caller.callees.computeIfAbsent(stack[depth], Flame::new);
      caller.all += value;
    }
  }

  private void list(List<Map<String, Object>> nodes, @Nullable Integer caller, double least) {
    int id = nodes.size();
    Map<String, Object> node = new LinkedHashMap<>();
    nodes.add(node);
    double own = all;
    for (Flame callee : callees.values()) {
      if (callee.all >= least) {
        own -= callee.all;
        callee.list(nodes, id, least);
      }
    }
    node.put("id", id);
    node.put("caller", caller);
    node.put("name", name());
    node.put("owner", owner());
    node.put("own", own);
  }

  /** The class without its package, and the method. */
  private String name() {
    return frame.substring(frame.lastIndexOf('/') + 1);
  }

  private String owner() {
    if (frame.startsWith("dev/keepwarm/bench")) {
      return "benchmark";
    }
    if (frame.startsWith("dev/keepwarm")) {
      return "Keepwarm";
    }
    if (frame.startsWith("software/amazon") || frame.startsWith("org/apache")) {
      return "SDK";
    }
    return frame.startsWith("java/")
            || frame.startsWith("javax/")
            || frame.startsWith("jdk/")
            || frame.startsWith("sun/")
            || frame.startsWith("com/sun/")
        ? "JDK"
        : "other";
  }
}
