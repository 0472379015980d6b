import type { Clock } from '../../src/clock.js';
import { until } from './until.js';

/** Time that stands still until a test moves it. */
export class TestClock implements Clock {
  #now: number;
  #elapsed = 1_000_000;
  #timers: { readonly at: number; readonly fn: () => void }[] = [];

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now = (): number => this.#now;
  elapsed = (): number => this.#elapsed;

  after(ms: number, fn: () => void): () => void {
    if (ms <= 0) {
      const immediate = setImmediate(fn);
      return () => clearImmediate(immediate);
    }
    const timer = { at: this.#elapsed + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** The number of waiting timers. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves both clocks and runs what is due, in order. */
  advance(ms: number): void {
    const until = this.#elapsed + ms;
    for (;;) {
      const [next] = this.#timers.filter((t) => t.at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.#timers = this.#timers.filter((other) => other !== next);
      this.skip(Math.max(0, next.at - this.#elapsed));
      next.fn();
    }
    this.skip(until - this.#elapsed);
  }

  /** Moves both clocks and runs nothing: a thaw, before the event loop has looked at its timers. */
  skip(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  /** Resolves once no timer waits. */
  async settled(): Promise<void> {
    await until('no timer waits', () => this.pending === 0);
  }

  /** Sets the wall clock alone, as an administrator or NTP does. */
  setNow(now: number): void {
    this.#now = now;
  }
}
