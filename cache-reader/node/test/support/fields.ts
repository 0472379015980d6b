import assert from 'node:assert/strict';

/** One JSON object of the contract. A field that is not read is an error: see `end`. */
export class Fields {
  readonly #what: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #unread: Set<string>;

  constructor(what: string, fields: unknown) {
    assert.ok(isObject(fields), `${what}: is no object`);
    this.#what = what;
    this.#fields = fields;
    this.#unread = new Set(Object.keys(fields));
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  value(name: string): unknown {
    this.#unread.delete(name);
    return this.#fields[name];
  }

  text(name: string, otherwise?: string): string {
    const value = this.has(name) ? this.value(name) : otherwise;
    assert.ok(typeof value === 'string', `${this.#what}: ${name} is no text`);
    return value;
  }

  number(name: string, otherwise?: number): number {
    const value = this.has(name) ? this.value(name) : otherwise;
    assert.ok(Number.isSafeInteger(value), `${this.#what}: ${name} is no whole number`);
    return value as number;
  }

  texts(name: string): string[] {
    const value = this.value(name);
    assert.ok(
      Array.isArray(value) && value.every((each) => typeof each === 'string'),
      `${this.#what}: ${name} is no array of texts`,
    );
    return [...value];
  }

  object(name: string): Fields {
    return new Fields(`${this.#what}.${name}`, this.value(name));
  }

  objects(name: string): Fields[] {
    const value = this.value(name);
    assert.ok(Array.isArray(value), `${this.#what}: ${name} is no array`);
    return value.map((each, i) => new Fields(`${this.#what}.${name}[${i}]`, each));
  }

  /** All of it. */
  all(): Readonly<Record<string, unknown>> {
    this.#unread.clear();
    return this.#fields;
  }

  /** Fails if there are fields that were not read. */
  end(): void {
    assert.deepEqual([...this.#unread], [], `${this.#what}: does not understand these`);
  }

  toString(): string {
    return `${this.#what} ${JSON.stringify(this.#fields)}`;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
