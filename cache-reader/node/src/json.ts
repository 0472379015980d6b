export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON object; undefined if the text is not JSON, or is another value. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // JSON.parse's own message quotes what it was given.
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The tokens of a JSON text that bear on its flaws: strings, with the colon if a name, numbers, brackets. */
const TOKENS = /"(?:[^"\\]+|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|[[\]{}]/g;

/** As deep as the Java reader goes, and as many characters as a number has there. */
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
