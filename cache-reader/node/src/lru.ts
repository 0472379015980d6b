/**
 * A map that holds at most `size` values, which weigh at most `most` together, and drops the least
 * recently used.
 */
export class Lru<V> {
  readonly #size: number;
  readonly #most: number;
  readonly #weigh: (value: V) => number;
  // A Map keeps its keys in the order of their insertion: the first is the one to drop.
  readonly #values = new Map<string, V>();
  #weight = 0;

  constructor(size: number, most = 0, weigh: (value: V) => number = () => 0) {
    this.#size = size;
    this.#most = most;
    this.#weigh = weigh;
  }

  get(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  set(key: string, value: V): void {
    this.delete(key);
    this.#values.set(key, value);
    this.#weight += this.#weigh(value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#size && this.#weight <= this.#most) {
        break;
      }
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#weight -= this.#weigh(value);
    }
  }

  /** Drops the values for which `isOver` holds. */
  sweep(isOver: (value: V) => boolean): void {
    for (const [key, value] of this.#values) {
      if (isOver(value)) {
        this.delete(key);
      }
    }
  }

  clear(): void {
    this.#values.clear();
    this.#weight = 0;
  }
}
