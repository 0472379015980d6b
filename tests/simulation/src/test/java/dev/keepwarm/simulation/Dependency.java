package dev.keepwarm.simulation;

/** What a process calls. */
enum Dependency {
  TABLE,
  WHEEL,
  SOURCE,
  KMS,
  BUS,
  RESOLVER
}
