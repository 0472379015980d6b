// serverless.yml is valid for the Serverless Framework, by its types, which are generated from its JSON
// schema.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { parse } from 'yaml';

const yaml = readFileSync(new URL('../../serverless/serverless.yml', import.meta.url), 'utf8');

const MISTAKES = [
  ['managedPolicies:', 'managedPolicy:'],
  ['nodejs22.x', 'nodejs22'],
  ['handler:', 'handle:'],
  ['environment:', 'variables:'],
  ['functions:', 'function:'],
];

/** What the compiler says of each of some texts. */
function errors(texts) {
  // Written beside this file, so that the compiler finds the types.
  const sources = new Map(
    texts.map((text, i) => [
      new URL(`configuration${i}.ts`, import.meta.url).pathname,
      "import type { AWS } from '@serverless/typescript';\n" +
        `export const configuration: AWS = ${JSON.stringify(parse(text))};\n`,
    ]),
  );
  const options = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2022.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...more) =>
    sources.has(file)
      ? ts.createSourceFile(file, sources.get(file), ts.ScriptTarget.ES2022)
      : getSourceFile(file, ...more);
  const program = ts.createProgram([...sources.keys()], options, host);
  const rest = program.getGlobalDiagnostics().concat(program.getOptionsDiagnostics());
  assert.deepEqual(rest, []);
  return [...sources.keys()].map((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0]),
  );
}

test('theFrameworkTakesTheConfigurationAndNoMistake', () => {
  const [taken, ...mistaken] = errors([
    yaml,
    ...MISTAKES.map(([right, wrong]) => {
      assert.ok(yaml.includes(right), right);
      return yaml.replace(right, wrong);
    }),
  ]);

  assert.deepEqual(taken, []);
  mistaken.forEach((found, i) => assert.equal(found.length, 1, `${MISTAKES[i][1]}: ${found}`));
});
