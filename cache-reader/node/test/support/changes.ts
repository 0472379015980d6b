/** The changes that an attacker with write access to the cache table can make to existing items. */
import assert from 'node:assert/strict';

/** An item in DynamoDB's JSON. */
export type TypedItem = Record<string, { S: string } | { N: string } | { B: string }>;

/**
 * The item with each bit of the attribute flipped, with the attribute cut at each length, and with
 * more at its end. Of a text the lower seven bits of each character are flipped.
 */
export function changesOfEach(item: TypedItem, attribute: string): TypedItem[] {
  const value = item[attribute];
  assert.ok(value !== undefined, `no ${attribute}`);
  let changed: TypedItem[string][];
  if ('B' in value) {
    const bytes = Buffer.from(value.B, 'base64');
    changed = changesOf(bytes, 8, Buffer.of(0)).map((each) => ({ B: each.toString('base64') }));
  } else {
    const [type, text] = 'S' in value ? (['S', value.S] as const) : (['N', value.N] as const);
    changed = changesOf(Buffer.from(text, 'latin1'), 7, Buffer.from('0')).map((each) =>
      type === 'S' ? { S: each.toString('latin1') } : { N: each.toString('latin1') },
    );
  }
  return changed.map((each) => ({ ...item, [attribute]: each }));
}

/** Every mixture of two items in the attributes in which they differ, but neither of the two. */
export function mixtures(one: TypedItem, other: TypedItem): TypedItem[] {
  const names = Object.keys(one).filter(
    (name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]),
  );
  const mixed: TypedItem[] = [];
  for (let taken = 1; taken < 2 ** names.length - 1; taken++) {
    const of = names.filter((_, i) => ((taken >> i) & 1) === 1);
    mixed.push({
      ...one,
      ...Object.fromEntries(of.map((name) => [name, other[name]])),
    } as TypedItem);
  }
  return mixed;
}

function changesOf(bytes: Buffer, bits: number, more: Buffer): Buffer[] {
  const changed: Buffer[] = [];
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < bits; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      changed.push(flipped);
    }
    changed.push(Buffer.from(bytes.subarray(0, at)));
  }
  return [...changed, Buffer.concat([bytes, more])];
}
