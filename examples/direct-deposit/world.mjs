import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { encrypted, PARAMETERS } from './legacy.mjs';
import { startBank } from './services/bank.mjs';
import { startPayroll } from './services/payroll.mjs';
import { keepwarm, startStack } from './stack.mjs';

const HERE = import.meta.dirname;
const READER = path.resolve(HERE, '../../cache-reader/node');
const PROFILE = 'payroll';

/** A credential of each kind, in the form that its service requires. */
const NEW = {
  'bank-gateway': () => ({ secret: randomBytes(32).toString('hex') }),
  'payroll-api': () => ({ apiKey: randomBytes(24).toString('hex') }),
};

/** The names of a tenant's credentials. */
export const NAMES = Object.keys(NEW);

/**
 * Everything on this machine: the two services, the embedded stack with Keepwarm, the old decryptor
 * and the lambda in both forms, and tenants whose credentials are stored as the old helper did.
 *
 * `closing` receives a function to end each part, from the first to the last.
 */
export async function startWorld(tenants, say, closing) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'direct-deposit-'));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  const services = { 'bank-gateway': await startBank(), 'payroll-api': await startPayroll() };
  for (const service of Object.values(services)) {
    closing.push(service.close);
  }
  const passphrase = randomBytes(16).toString('hex');
  const aws = await bundle(directory);

  say('Starting the embedded stack, to encrypt the old passphrase under its KMS key');
  const data = path.join(directory, 'stack');
  const profiles = path.join(directory, 'profiles.json');
  const parameters = path.join(directory, 'parameters.json');
  await writeFile(parameters, JSON.stringify(PARAMETERS));
  const first = await startStack(['--data', data]);
  closing.push(first.stop);
  await keepwarm(
    `profile add ${PROFILE} --scheme dotnet --parameters ${parameters} --file ${profiles}`.split(
      ' ',
    ),
    first.env,
    passphrase,
  );
  await closing.pop()();

  say('Starting it with that profile, the old decryptor and the lambda');
  const functions = path.join(directory, 'functions.json');
  const urls = {
    BANK_URL: services['bank-gateway'].url,
    PAYROLL_URL: services['payroll-api'].url,
  };
  const defined = defineFunctions(directory, passphrase, urls);
  await writeFile(functions, JSON.stringify({ functions: defined }), { mode: 0o600 });
  const stack = await startStack([
    '--data',
    data,
    '--profiles',
    profiles,
    '--functions',
    functions,
  ]);
  closing.push(stack.stop);
  Object.assign(process.env, stack.env);

  const rows = tenants.flatMap((tenant) =>
    NAMES.map((name) => {
      const credential = NEW[name]();
      services[name].accept(tenant, credential);
      return row(tenant, name, credential, 1);
    }),
  );
  say(`Importing ${rows.length} originals of ${tenants.length} tenants, and warming them`);
  await keepwarm(['import', '-'], stack.env, rows.map((one) => JSON.stringify(one)).join('\n'));
  await keepwarm(['warm', '--all', '--wait'], stack.env);
  let restarts = 0;
  return { invoke: aws.invoke, services, rotate, announce, restart };

  /** Ends a function's processes, so that its next invocation starts cold. */
  async function restart(name) {
    const Variables = { ...defined[name].environment, RESTARTS: `${++restarts}` };
    const path = `/2015-03-31/functions/${name}/configuration`;
    await aws.aws('lambda', 'PUT', path, {}, { Environment: { Variables } });
  }

  /** Announces the rotation of a tenant's credentials, and waits until the cache has the new ones. */
  async function announce(tenant) {
    await keepwarm(['rotate', tenant, '--wait'], stack.env);
  }

  /** Sets a new credential at the service and at the source; the old one ends at once. */
  async function rotate(tenant, name, version) {
    const credential = NEW[name]();
    services[name].accept(tenant, credential);
    const { ciphertext, profile } = row(tenant, name, credential, version);
    await aws.dynamodb('PutItem', {
      TableName: stack.env.KEEPWARM_SOURCE_TABLE,
      Item: {
        tenant: { S: tenant },
        name: { S: name },
        profile: { S: profile },
        ciphertext: { S: ciphertext },
        version: { N: `${version}` },
        updatedAt: { N: `${Date.now()}` },
      },
    });
    services[name].refuseOlder(tenant);
  }

  function row(tenant, name, credential, version) {
    const ciphertext = encrypted(passphrase, JSON.stringify(credential));
    return { tenant, name, profile: PROFILE, ciphertext, version };
  }
}

/**
 * Bundles the function in both forms, as for AWS, and the code with which this program sends requests to AWS.
 */
async function bundle(directory) {
  const { build } = createRequire(path.join(READER, 'package.json'))('esbuild');
  await build({
    entryPoints: ['before', 'after', 'aws'].map((name) => path.join(HERE, `lambda/${name}.ts`)),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias: { '@keepwarm/reader': path.join(READER, 'dist/index.js') },
    logLevel: 'error',
  });
  return import(path.join(directory, 'aws.mjs'));
}

function defineFunctions(directory, passphrase, urls) {
  const command = [process.execPath, path.join(HERE, 'lambda/runtime.mjs')];
  const key = { passphrase, saltHex: PARAMETERS.saltHex };
  return {
    'legacy-decryptor': {
      command,
      directory: path.resolve(HERE, '../legacy-decryptor/node'),
      handler: 'handler.handler',
      environment: { LEGACY_KEYS: JSON.stringify({ [PROFILE]: key }) },
    },
    before: { command, directory, handler: 'before.handler', environment: urls },
    after: { command, directory, handler: 'after.handler', environment: urls },
  };
}
