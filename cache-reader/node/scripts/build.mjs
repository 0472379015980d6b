// Makes dist/: one file of JavaScript for each entry point, because each module that Node loads
// costs a cold start, with a map that holds the source; and the declarations that the entry points
// reach.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
rmSync('build/types', { recursive: true, force: true });
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

const reached = new Set();
const reach = (name) => {
  if (!reached.has(name)) {
    reached.add(name);
    const text = readFileSync(`build/types/${name}.d.ts`, 'utf8');
    for (const [, next] of text.matchAll(/from '\.\/(.+?)\.js'/g)) {
      reach(next);
    }
  }
};
reach('index');
reach('middy');
mkdirSync('dist', { recursive: true });
for (const name of reached) {
  const text = readFileSync(`build/types/${name}.d.ts`, 'utf8');
  // tsc indents by 4, which is a tenth of the package's size budget.
  writeFileSync(`dist/${name}.d.ts`, text.replace(/^( +)\1(?! )/gm, '$1'));
}
