/** The maximum number of values that CloudWatch takes of one metric in one line. */
export const KEPT_TIMES = 100;

/**
 * How long lookups took: a random sample of those since the last `drain`, with at most as many as
 * one line of metrics may have.
 */
export class LookupTimes {
  private kept: number[] = [];
  private seen = 0;

  /** Adds a lookup that has ended with an answer. */
  add(millis: number): void {
    const at = this.seen < KEPT_TIMES ? this.seen : Math.floor(Math.random() * (this.seen + 1));
    this.seen++;
    if (at < KEPT_TIMES) {
      this.kept[at] = Math.round(millis * 1000) / 1000;
    }
  }

  /** Returns the sample, in milliseconds, and begins a new one. */
  drain(): number[] {
    const { kept } = this;
    this.kept = [];
    this.seen = 0;
    return kept;
  }
}
