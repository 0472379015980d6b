package dev.keepwarm.simulation;

/** The services that a process calls. */
enum Dependency {
  TABLE,
  WHEEL,
  SOURCE,
  KMS,
  BUS,
  RESOLVER
}
