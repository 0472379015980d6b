interface Flight<T> {
  readonly isShared: (within?: number) => boolean;
  readonly result: Promise<T>;
}

/** Work in progress by key: callers that want the same result share it. */
export class Flights<T> {
  readonly #inProgress = new Map<string, Flight<T>>();

  /**
   * The result of the work in progress for `key`, if that can be shared, or of `work`, begun now.
   *
   * @param isShared whether a later caller may still wait for `work`, if `work` began at most
   *   `within` milliseconds before
   * @param within the limit of this caller for work that is already in progress
   */
  join(
    key: string,
    isShared: (within?: number) => boolean,
    work: () => Promise<T>,
    within?: number,
  ): Promise<T> {
    const running = this.#inProgress.get(key);
    if (running?.isShared(within)) {
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
