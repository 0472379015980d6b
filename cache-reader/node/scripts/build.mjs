// Makes dist/: for each entry point one file of JavaScript, because each module that Node loads
// costs a cold start, with a map that holds the source; the same as CommonJS, for tools that cannot load ES
// modules, such as Jest; and one file of declarations for each of the two.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const TYPES = 'build/types';
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
/** Declares `[Symbol.asyncDispose]`, for projects with any `lib`. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />';

for (const entry of ['index', 'middy', 'testing']) {
  const bundle = await rollup({
    input: `${TYPES}/${entry}.d.ts`,
    plugins: [dts()],
    // The other entries name the index's types and do not declare them again: classes are nominal.
    external: entry === 'index' ? [] : ['./index.js'],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({ banner: entry === 'index' ? DISPOSABLE : '' });
  // An indent of 4 would be a tenth of the package's size budget.
  const text = output[0].code.replace(/^( +)\1(?! (?!\*))/gm, '$1');
  writeFileSync(`dist/${entry}.d.ts`, text);
  writeFileSync(`dist/${entry}.d.cts`, text.replaceAll("'./index.js'", "'./index.cjs'"));
}
