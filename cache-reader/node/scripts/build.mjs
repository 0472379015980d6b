// Makes dist/: for each entry point one file of JavaScript, because each module that Node loads
// costs a cold start, with a map that holds the source; the same as CommonJS, for those who cannot
// load ES modules, such as Jest; and one file of declarations for each of the two.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const TYPES = 'build/types';
/** An import of, or export from, a module of the package. */
const FROM = /^(?:import|export) (?:type )?\{[^}]*\} from '\.\/(.+?)\.js';\n/gm;
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync('dist', { recursive: true, force: true });
rmSync(TYPES, { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});

for (const entry of ['index', 'middy', 'testing']) {
  for (const [format, ending] of [
    ['esm', 'js'],
    ['cjs', 'cjs'],
  ]) {
    buildSync({
      entryPoints: [`src/${entry}.ts`],
      outfile: `dist/${entry}.${ending}`,
      bundle: true,
      format,
      platform: 'node',
      target: 'node20',
      minify: true,
      sourcemap: format === 'esm' ? 'linked' : false,
      define: { KEEPWARM_VERSION: JSON.stringify(version) },
      external: entry === 'index' ? [] : ['./index.js'],
    });
    if (format === 'cjs') {
      const file = `dist/${entry}.cjs`;
      const code = readFileSync(file, 'utf8');
      writeFileSync(file, code.replaceAll('"./index.js"', '"./index.cjs"'));
    }
  }
}
const inIndex = reachedFrom('index');
/** `[Symbol.asyncDispose]`, whatever `lib` a project has. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';
declare('index', DISPOSABLE + inIndex.map((name) => read(name).replace(FROM, '')).join(''));
declare('middy', read('middy').replace(FROM, fromIndex));
declare('testing', read('testing').replace(FROM, fromIndex));

/** The declarations of both formats. */
function declare(entry, text) {
  writeFileSync(`dist/${entry}.d.ts`, text);
  writeFileSync(`dist/${entry}.d.cts`, text.replaceAll("'./index.js'", "'./index.cjs'"));
}

/** The same import, of what the index now declares. */
function fromIndex(statement, name) {
  if (!inIndex.includes(name)) {
    throw new Error(`the types of another entry reach ${name}, which the index does not`);
  }
  return statement.replace(`./${name}.js`, './index.js');
}

/** A module and what it imports, the latter first. */
function reachedFrom(name, above = []) {
  if (above.includes(name)) {
    return [];
  }
  const next = [...read(name).matchAll(FROM)].flatMap(([, other]) =>
    reachedFrom(other, [...above, name]),
  );
  return [...new Set([...next, name])];
}

function read(name) {
  // tsc indents by 4, which is a tenth of the package's size budget.
  return readFileSync(`${TYPES}/${name}.d.ts`, 'utf8').replace(/^( +)\1(?! (?!\*))/gm, '$1');
}
