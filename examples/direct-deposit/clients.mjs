import { randomInt } from 'node:crypto';

/** Clients that send requests, each about a different employee, and check the results. */
export class Clients {
  #world;
  #prefix;
  #made = 0;
  #waiting = [];

  /** How many requests had a response, right or wrong. */
  requests = 0;

  /** The problems that were found. */
  wrong = [];

  constructor(world, prefix) {
    this.#world = world;
    this.#prefix = prefix;
  }

  /** A client of one form of the lambda (`before` or `after`), for one tenant. */
  next(kind, tenant) {
    const employee = `${this.#prefix}-${++this.#made}`;
    let current;

    const request = async (action, account) => {
      const begun = performance.now();
      let problem;
      let answer;
      try {
        answer = await this.#world.invoke(kind, { action, tenant, employee, account });
      } catch (error) {
        problem = error.message;
      }
      const millis = performance.now() - begun;
      problem ??= this.#problem({ tenant, employee, account, answer, replaced: current });
      current = answer?.token ?? current;
      this.#count(problem && `${kind}, ${action}: ${problem}`);
      return millis;
    };

    const account = () => ({ routing: '021000021', number: `${randomInt(1e9, 1e10)}` });
    return {
      kind,
      create: () => request('create', account()),
      update: () => request('update', account()),
      delete: async () => {
        const millis = await request('delete');
        current = undefined;
        return millis;
      },
    };
  }

  /** Resolves once so many requests have a response. */
  reached(count) {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#wake();
    });
  }

  summary() {
    const first = this.wrong.length === 0 ? '' : `: ${this.wrong[0]}`;
    return `${this.requests} requests, ${this.wrong.length} wrong${first}`;
  }

  #problem({ tenant, employee, account, answer, replaced }) {
    const { 'bank-gateway': bank, 'payroll-api': payroll } = this.#world.services;
    if (answer.employee !== employee) {
      return 'another employee';
    }
    if (replaced !== undefined && bank.account(tenant, replaced) !== undefined) {
      return 'the bank still has the replaced account';
    }
    if (account === undefined) {
      return payroll.token(tenant, employee) === undefined ? undefined : 'still there';
    }
    if (payroll.token(tenant, employee) !== answer.token) {
      return 'payroll pays elsewhere';
    }
    return bank.account(tenant, answer.token)?.number === account.number
      ? undefined
      : 'the bank has another account';
  }

  #count(problem) {
    this.requests++;
    if (problem !== undefined) {
      this.wrong.push(problem);
    }
    this.#wake();
  }

  #wake() {
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.requests >= count) {
        resolve();
        return false;
      }
      return true;
    });
  }
}
