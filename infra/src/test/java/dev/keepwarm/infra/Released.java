package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The released template, which takes many syntheses: made once for all tests of a run. */
final class Released {
  private static final ObjectNode TEMPLATE = ReleasedTemplate.template();

  private Released() {}

  /** A copy of it. */
  static ObjectNode template() {
    return TEMPLATE.deepCopy();
  }
}
