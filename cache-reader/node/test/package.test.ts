import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import ts from '@typescript/typescript6';

const npm = (...args: string[]) =>
  execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('thePackageIsSmall', () => {
  const [packed] = JSON.parse(npm('pack', '--dry-run', '--json')) as [
    { files: { path: string; size: number }[] },
  ];
  const files = packed.files.filter(({ path }) => !path.endsWith('.map'));
  const sizeOf = (pattern: RegExp) =>
    files.reduce((sum, { path, size }) => sum + (pattern.test(path) ? size : 0), 0);
  // The code that a cold start reads, in either of the two formats. Freshness records take 5 KB of
  // it, and connecting ahead 2 KB, which is a fraction of the handshake that it saves.
  assert.ok(sizeOf(/index\.js$/) < 47 * 1024, `${sizeOf(/index\.js$/)} bytes`);
  assert.ok(sizeOf(/index\.cjs$/) < 48 * 1024, `${sizeOf(/index\.cjs$/)} bytes`);
  // The declarations and their comments, which no process reads: editors show them at every name.
  assert.ok(sizeOf(/\.d\.c?ts$/) < 44 * 1024, `${sizeOf(/\.d\.c?ts$/)} bytes`);
  // The whole package: everything twice, as ES modules and as CommonJS, with the test kit.
  assert.ok(sizeOf(/./) < 164 * 1024, `${sizeOf(/./)} bytes`);
  const expected = /^(dist\/[a-z]+\.(c?js|d\.c?ts)|LICENSE|NOTICE|README\.md|package\.json)$/;
  for (const { path } of files) {
    assert.match(path, expected);
  }
});

test('aColdStartLoadsNoModuleThatOnlySomeFunctionsNeed', () => {
  const script = `
    const { createReader } = require('./dist/index.cjs');
    createReader({ env: { AWS_REGION: 'eu-central-1', KEEPWARM_PRECONNECT: 'false' } }).close();
    console.log(JSON.stringify(process.moduleLoadList));`;
  const loaded = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  for (const module of ['https', 'tls', 'crypto']) {
    assert.ok(loaded.includes(`"NativeModule ${module}"`), `the list has ${module}`);
  }
  for (const module of ['perf_hooks', 'fs/promises']) {
    assert.ok(!loaded.includes(`"NativeModule ${module}"`), module);
  }
});

test('everythingThatIsExportedSaysWhatItIs', () => {
  const silent: string[] = [];
  for (const entry of ['index', 'middy', 'testing']) {
    const file = `dist/${entry}.d.ts`;
    const source = ts.createSourceFile(
      file,
      readFileSync(file, 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const told = new Set<string>();
    const visit = (node: ts.Node, within: string): void => {
      const isPrivate = isTyped(node) && node.name?.kind === ts.SyntaxKind.PrivateIdentifier;
      const named = isTyped(node) ? `${within}.${node.name?.getText() ?? 'constructor'}` : within;
      // Overloads share one comment.
      if (named !== within && !isPrivate && !told.has(named)) {
        told.add(named);
        if (ts.getJSDocCommentsAndTags(node).length === 0) {
          silent.push(named);
        }
      }
      ts.forEachChild(node, (child) => visit(child, named));
    };
    visit(source, entry);
    assert.ok(told.size > 10, file);
  }
  assert.deepEqual(silent, []);
});

/** Whether it is a type, a function or a named member. */
function isTyped(node: ts.Node): node is ts.Declaration & { readonly name?: ts.Node } {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isTypeElement(node) ||
    ts.isClassElement(node)
  );
}

test('nothingIsInstalledWithThePackage', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'scripts']) {
    const names = Object.keys(manifest[kind] ?? {});
    assert.deepEqual(
      names.filter((name) => kind !== 'scripts' || /install|prepare/.test(name)),
      [],
    );
  }
});

test('theLockfileNamesNoRegistry', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  for (const [path, entry] of Object.entries(lock.packages)) {
    assert.equal(entry.resolved, undefined, path);
    assert.ok(path === '' || entry.integrity !== undefined, path);
  }
});

test('whatIsBuiltLoadsByItsName', async () => {
  const main = await import('@keepwarm/reader');
  const middy = await import('@keepwarm/reader/middy');
  assert.deepEqual(Object.keys(main).sort(), [
    'Credential',
    'CredentialRejected',
    'KeepwarmError',
    'createReader',
  ]);
  assert.equal(middy.default, middy.keepwarm);
  assert.equal(new main.KeepwarmError('TIMEOUT', 'x').name, 'KeepwarmError');
  assert.throws(() => main.createReader({ env: {} }), { code: 'INVALID_CONFIGURATION' });
});

const require = createRequire(import.meta.url);

test('asCommonJsItIsTheSameModuleWhereNodeCanAndRecognizesTheOtherWhereNot', async () => {
  const main = await import('@keepwarm/reader');
  const kit = await import('@keepwarm/reader/testing');
  const cjs = require(resolve('dist/index.cjs')) as typeof main;
  const kitOfCjs = require(resolve('dist/testing.cjs')) as typeof kit;
  assert.notEqual(cjs.KeepwarmError, main.KeepwarmError);
  assert.ok(new cjs.KeepwarmError('TIMEOUT', 'x') instanceof main.KeepwarmError);
  assert.ok(new main.CredentialRejected() instanceof cjs.CredentialRejected);
  assert.ok(!(new cjs.CredentialRejected() instanceof main.KeepwarmError));
  assert.ok(!(new Error('x') instanceof main.KeepwarmError));
  class Own extends main.KeepwarmError {}
  assert.ok(new Own('TIMEOUT', 'x') instanceof main.KeepwarmError);
  assert.ok(!(new main.KeepwarmError('TIMEOUT', 'x') instanceof Own));
  // A rejection made by one copy of the package makes the reader of the other fetch again.
  const reader = kit.memoryReader();
  reader.set('acme', 'db', 'one');
  const seen: string[] = [];
  await reader.withCredential('acme', 'db', (one) => {
    seen.push(one.text());
    if (seen.length === 1) {
      reader.rotate('acme', 'db', 'two');
      throw new cjs.CredentialRejected();
    }
  });
  assert.deepEqual(seen, ['one', 'two']);
  assert.ok(kitOfCjs.memoryReader().set('acme', 'db', 'x') instanceof cjs.Credential);
});

test('theDeclarationsNeedNoLibAndNoTypesOfNode', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'keepwarm-types-'));
  t.after(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'node_modules/@keepwarm'), { recursive: true });
  symlinkSync(process.cwd(), join(dir, 'node_modules/@keepwarm/reader'));
  writeFileSync(join(dir, 'package.json'), '{}');
  writeFileSync(
    join(dir, 'main.ts'),
    `import { createReader, CredentialRejected, type Reader } from '@keepwarm/reader';
import { memoryReader } from '@keepwarm/reader/testing';
import keepwarm from '@keepwarm/reader/middy';
export const reader: Reader = memoryReader();
export const rejected = new CredentialRejected('x', { cause: 1 });
export const made = () => [createReader(), keepwarm];
`,
  );
  for (const target of ['node16', 'nodenext']) {
    const options = {
      module: target,
      lib: ['es2021'],
      types: [],
      strict: true,
      noEmit: true,
      preserveSymlinks: true,
    };
    const config = { compilerOptions: options, files: ['main.ts'] };
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config));
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', dir], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  }
});
