import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Runs a command of `keepwarm` to its end. */
export async function keepwarm(args, env, input = '') {
  const child = start(args, { ...process.env, ...env }, ['pipe', 'pipe', 'pipe']);
  let said = '';
  child.stdout.resume();
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) {
    throw new Error(`keepwarm ${args[0]} ended with ${code}: ${said}`);
  }
}

/**
 * Starts the embedded stack, and waits until it is ready.
 *
 * @returns the environment variables for its clients, and a function to stop it
 */
export async function startStack(args) {
  // Standard error also has the functions' output, so it is only shown if the stack does not start.
  const child = start(['local', ...args], process.env, ['ignore', 'pipe', 'pipe']);
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const env = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
    if (name !== undefined) {
      env[name] = value;
    } else if (line.startsWith('# Ready')) {
      // Reads on, because further output must not fill the pipe.
      child.stdout.resume();
      return { env, stop };
    }
  }
  throw new Error(`the stack did not start: ${said}`);
}

/** The launcher, or within a build the one that it has just built. */
function start(args, env, stdio) {
  const { KEEPWARM_LOCAL_LIB: lib, JAVA_HOME: home } = process.env;
  const command =
    lib === undefined
      ? [path.join(ROOT, 'keepwarm')]
      : [
          home ? path.join(home, 'bin/java') : 'java',
          '-XX:+UseSerialGC',
          ...(args[0] === 'local' ? [] : ['-XX:TieredStopAtLevel=1']),
          '--enable-native-access=ALL-UNNAMED',
          '--sun-misc-unsafe-memory-access=allow',
          `-Dkeepwarm.home=${ROOT}`,
          '-cp',
          `${lib}/*`,
          'dev.keepwarm.cli.KeepwarmCommand',
        ];
  return spawn(command[0], [...command.slice(1), ...args], { env, stdio });
}
