export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON object; undefined if the text is not JSON, or is another value. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // The message of JSON.parse quotes its input, which may be a secret.
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The tokens in which a JSON text can be flawed: strings, with the colon after a name; numbers;
 * brackets.
 */
const TOKENS = /"(?:[^"\\]+|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|[[\]{}]/g;

/** The limits of the Java reader: the depth of nesting, and the characters of a number. */
const MAX_DEPTH = 32;
const MAX_NUMBER_LENGTH = 64;

/**
 * Why a JSON text must not be used although JSON.parse accepts it; undefined if it may be. JSON.parse
 * silently takes the last of two fields with the same name, and rounds numbers.
 */
export function flawOf(text: string): 'NOT_JSON' | 'NUMBER_TOO_LARGE' | undefined {
  const open: Set<unknown>[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(new Set());
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (colon !== undefined) {
      const names = open.at(-1);
      const name: unknown = JSON.parse(token.slice(0, -colon.length));
      if (names?.has(name)) {
        return 'NOT_JSON';
      }
      names?.add(name);
    } else if (!token.startsWith('"')) {
      const number = Number(token);
      if (token.length > MAX_NUMBER_LENGTH) {
        return 'NOT_JSON';
      }
      if (!Number.isSafeInteger(number) && !(number % 1)) {
        return 'NUMBER_TOO_LARGE';
      }
    }
    if (open.length > MAX_DEPTH) {
      return 'NOT_JSON';
    }
  }
  return undefined;
}
