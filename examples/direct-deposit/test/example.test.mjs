import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const MAIN = path.resolve(import.meta.dirname, '../main.mjs');

function run(...args) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
}

test('bothFormsWorkAndNoRequestFailsDuringARotation', (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'direct-deposit-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const json = path.join(directory, 'report.json');

  const { status, stdout, stderr } = run('--rounds', '1', '--requests', '6', '--json', json);

  assert.equal(status, 0, `${stdout}${stderr}`);
  const { checks, millis, rotation } = JSON.parse(readFileSync(json, 'utf8'));
  assert.equal(checks.length, 5);
  assert.ok(checks.every(({ ok }) => ok));
  for (const kind of ['before', 'after']) {
    for (const [figure, count] of Object.entries({ cold: 1, decryptorCold: 1, warm: 6 })) {
      assert.equal(millis[kind][figure].count, count);
      assert.ok(millis[kind][figure].p50 > 0, figure);
    }
  }
  // Each process of the lambda was refused by both services before it knew better.
  assert.ok(rotation.refused >= 2);
  assert.ok(rotation.requests > 150);
  for (const { name } of checks) {
    assert.match(stdout, new RegExp(`^ok   ${name}`, 'm'));
  }
});

test('wrongArgumentsAreExplained', () => {
  for (const args of [['--rounds', '0'], ['--requests', 'many'], ['--unknown'], ['more']]) {
    const { status, stderr } = run(...args);

    assert.equal(status, 2, `${args}`);
    assert.match(stderr, /usage: run/);
  }
});
