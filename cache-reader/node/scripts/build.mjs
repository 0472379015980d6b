// Makes dist/: for each entry point one file of JavaScript, because each module that Node loads
// costs a cold start, with a map that holds the source; and one file of declarations.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const TYPES = 'build/types';
/** An import of, or export from, a module of the package. */
const FROM = /^(?:import|export) (?:type )?\{[^}]*\} from '\.\/(.+?)\.js';\n/gm;

rmSync('dist', { recursive: true, force: true });
rmSync(TYPES, { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});

for (const entry of ['index', 'middy']) {
  buildSync({
    entryPoints: [`src/${entry}.ts`],
    outfile: `dist/${entry}.js`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    sourcemap: 'linked',
    external: entry === 'middy' ? ['./index.js'] : [],
  });
}
const inIndex = reachedFrom('index');
writeFileSync('dist/index.d.ts', inIndex.map((name) => read(name).replace(FROM, '')).join(''));
writeFileSync('dist/middy.d.ts', read('middy').replace(FROM, fromIndex));

/** The same import, of what the index now declares. */
function fromIndex(statement, name) {
  if (!inIndex.includes(name)) {
    throw new Error(`the middleware's types reach ${name}, which the index does not`);
  }
  return statement.replace(`./${name}.js`, './index.js');
}

/** A module and what it imports, the latter first. */
function reachedFrom(name) {
  const next = [...read(name).matchAll(FROM)].flatMap(([, other]) => reachedFrom(other));
  return [...new Set([...next, name])];
}

function read(name) {
  // tsc indents by 4, which is a tenth of the package's size budget.
  return readFileSync(`${TYPES}/${name}.d.ts`, 'utf8').replace(/^( +)\1(?! (?!\*))/gm, '$1');
}
