import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const npm = (...args: string[]) =>
  execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('thePackageIsSmall', () => {
  const [packed] = JSON.parse(npm('pack', '--dry-run', '--json')) as [
    { files: { path: string; size: number }[] },
  ];
  const files = packed.files.filter(({ path }) => !path.endsWith('.map'));
  const size = files.reduce((sum, file) => sum + file.size, 0);
  // What a cold start reads; the rest of the room is for what keeps answers right under freezes,
  // skewed clocks and broken connections.
  assert.ok(size < 52 * 1024, `${size} bytes`);
  const expected = /^(dist\/[a-z]+\.(js|d\.ts)|README\.md|package\.json)$/;
  for (const { path } of files) {
    assert.match(path, expected);
  }
});

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
