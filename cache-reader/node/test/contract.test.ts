import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Scenario } from './support/scenario.js';

const CONTRACT = process.env.KEEPWARM_CONTRACT ?? '../contract';

const scenarios = readdirSync(`${CONTRACT}/scenarios`);

test('hasScenarios', () => {
  assert.ok(scenarios.length > 70);
  assert.ok(scenarios.every((file) => file.endsWith('.json')));
});

for (const file of scenarios) {
  test(`keeps ${file}`, async () => {
    await new Scenario(file, readFileSync(`${CONTRACT}/scenarios/${file}`, 'utf8')).run();
  });
}

const run = (step: string) =>
  new Scenario('test', `{"about": "a", "steps": [${step}]}`.replaceAll("'", '"')).run();

for (const step of [
  "{'jump': 1}",
  "{'pass': 1, 'also': 2}",
  "{'store': {'ready': 'bank', 'version': 1, 'value': 'one', 'colour': 'red'}}",
  "{'store': {'withered': 'bank'}}",
  "{'fault': {'moon': 'UNAVAILABLE'}}",
  "{'answer': {'entries': [], 'twice': true}}",
  "{'get': {'name': 'bank'}}",
  "{'get': {'name': 'bank', 'fast': true}, 'expect': {'error': 'UNAVAILABLE'}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'colour': 'red'}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'requests': {'moon': 1}}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'stats': {'moon': 1}}}",
]) {
  test(`fails on ${step}, which it does not understand`, async () => {
    await assert.rejects(run(step), { name: 'AssertionError' });
  });
}

for (const step of [
  "{'get': {'name': 'bank'}, 'expect': {}}",
  "{'get': {'name': 'bank'}, 'expect': {'value': 'one'}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'DENIED'}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'source': 'near'}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'requests': {}}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'asked': []}}",
  "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'stats': {'misses': 2}}}",
  "{'get': {'name': 'bank', 'onPause': []}, 'expect': {'error': 'UNAVAILABLE'}}",
  "{'invalidate': {'name': 'bank'}, 'expect': {'published': []}}",
  "{'changeEach': {'entry': {'ready': 'bank', 'version': 1, 'value': 'one'}, 'attribute': 'fence'}, 'expect': {'ends': ['TAMPERED']}}",
  "{'changeEach': {'entry': {'ready': 'bank', 'version': 1, 'value': 'one'}, 'attribute': 'version'}, 'expect': {'endsAmong': ['one']}}",
]) {
  test(`fails on ${step}, for the reader does otherwise`, async () => {
    await assert.rejects(run(step), { name: 'AssertionError' });
  });
}

test('failsOnUnknownSettings', () => {
  const json = '{"about": "a", "settings": {"x": 1}, "steps": []}';
  assert.throws(() => new Scenario('s', json), { name: 'AssertionError' });
});
