package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The released template. It takes many syntheses, so it is made once for all tests of a run. */
final class Released {
  private static final ObjectNode TEMPLATE = ReleasedTemplate.template();

  private Released() {}

  /** A copy of the template. */
  static ObjectNode template() {
    return TEMPLATE.deepCopy();
  }
}
