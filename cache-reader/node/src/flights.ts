interface Flight<T> {
  readonly isShared: () => boolean;
  readonly result: Promise<T>;
}

/** Work in progress by key: who wants what somebody is getting already waits for that. */
export class Flights<T> {
  readonly #inProgress = new Map<string, Flight<T>>();

  /**
   * The result of the work in progress for `key`, if that can be shared, or of `work`, begun now.
   *
   * @param isShared whether a caller that comes only later may wait for `work`
   */
  join(key: string, isShared: () => boolean, work: () => Promise<T>): Promise<T> {
    const running = this.#inProgress.get(key);
    if (running?.isShared()) {
      return running.result;
    }
    const flight: Flight<T> = {
      isShared,
      result: work().finally(() => {
        if (this.#inProgress.get(key) === flight) {
          this.#inProgress.delete(key);
        }
      }),
    };
    this.#inProgress.set(key, flight);
    return flight.result;
  }
}
