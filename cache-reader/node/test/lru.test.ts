import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lru } from '../src/lru.js';

test('holdsTheMostRecentlyUsedOnesAndNoMore', () => {
  const operation = fc.record({
    op: fc.constantFrom('get', 'set', 'delete'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  });
  fc.assert(
    fc.property(fc.nat({ max: 4 }), fc.array(operation), (size, operations) => {
      const lru = new Lru<number>(size);
      // The model: pairs, the least recently used first.
      let model: [string, number][] = [];
      operations.forEach(({ op, key }, i) => {
        const old = model.find(([k]) => k === key);
        if (op === 'get') {
          assert.equal(lru.get(key), old?.[1]);
        } else if (op === 'set') {
          lru.set(key, i);
        } else {
          lru.delete(key);
        }
        if (op !== 'get' || old !== undefined) {
          model = model.filter(([k]) => k !== key);
        }
        if (op === 'set') {
          model.push([key, i]);
        } else if (op === 'get' && old !== undefined) {
          model.push(old);
        }
        model = model.slice(Math.max(0, model.length - size));
      });
      for (const [key, value] of model) {
        assert.equal(lru.get(key), value);
      }
    }),
  );
});

test('holdsNoMoreThanTheWeightAllowed', () => {
  const operation = fc.record({
    op: fc.constantFrom('get', 'set', 'delete', 'sweep'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    weight: fc.nat({ max: 6 }),
  });
  fc.assert(
    fc.property(fc.nat({ max: 10 }), fc.array(operation), (most, operations) => {
      const lru = new Lru<{ weight: number }>(1000, most, ({ weight }) => weight);
      // The model: pairs, the least recently used first.
      let model: [string, { weight: number }][] = [];
      const total = () => model.reduce((sum, [, { weight }]) => sum + weight, 0);
      for (const { op, key, weight } of operations) {
        const old = model.find(([k]) => k === key);
        if (op === 'sweep') {
          lru.sweep((value) => value.weight === weight);
          model = model.filter(([, value]) => value.weight !== weight);
          continue;
        }
        if (op !== 'get' || old !== undefined) {
          model = model.filter(([k]) => k !== key);
        }
        if (op === 'get') {
          assert.equal(lru.get(key), old?.[1]);
          model.push(...(old === undefined ? [] : [old]));
        } else if (op === 'delete') {
          lru.delete(key);
        } else {
          const value = { weight };
          lru.set(key, value);
          model.push([key, value]);
          while (total() > most) {
            model.shift();
          }
        }
      }
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        assert.equal(lru.get(key), model.find(([k]) => k === key)?.[1]);
      }
      lru.clear();
      lru.set('a', { weight: most });
      assert.deepEqual(lru.get('a'), { weight: most });
    }),
  );
});
