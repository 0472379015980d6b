import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/**
 * The addresses of real endpoints: DynamoDB Local, KMS, EventBridge, SQS and Lambda, with Keepwarm
 * on them.
 */
export interface Stack {
  readonly env: Readonly<Record<string, string | undefined>>;
  stop(): Promise<void>;
}

/** The profiles that the stack must know. */
export const PROFILES = path.resolve('test/support/profiles.json');

/** Why there is no stack to test against; undefined if there is one. */
export const NO_STACK =
  process.env.AWS_ENDPOINT_URL_DYNAMODB || process.env.KEEPWARM_LOCAL_LIB
    ? undefined
    : 'no stack: set AWS_ENDPOINT_URL_DYNAMODB and so on as ./keepwarm local --profiles prints them,' +
      ' or KEEPWARM_LOCAL_LIB to cli/target/keepwarm-lib';

/** The stack that the environment names, or one of our own. */
export async function startStack(): Promise<Stack> {
  const lib = process.env.KEEPWARM_LOCAL_LIB;
  if (lib === undefined) {
    return { env: process.env, stop: async () => {} };
  }
  const java = process.env.JAVA_HOME ? `${process.env.JAVA_HOME}/bin/java` : 'java';
  const stack = spawn(
    java,
    [
      '-XX:+UseSerialGC',
      '--enable-native-access=ALL-UNNAMED',
      '--sun-misc-unsafe-memory-access=allow',
      `-Dkeepwarm.home=${path.resolve('../..')}`,
      '-cp',
      `${lib}/*`,
      'dev.keepwarm.cli.KeepwarmCommand',
      'local',
      '--profiles',
      PROFILES,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const env = await exportsOf(stack);
  return {
    env,
    stop: async () => {
      const exited = once(stack, 'exit');
      stack.kill('SIGTERM');
      await exited;
    },
  };
}

async function exportsOf(stack: ChildProcess): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  if (stack.stdout !== null) {
    for await (const line of createInterface({ input: stack.stdout })) {
      const [, name, value] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) {
        env[name] = value;
      } else if (line.startsWith('# Ready')) {
        // Reads on, because further output must not fill the pipe.
        stack.stdout.resume();
        return env;
      }
    }
  }
  throw new Error(`the stack did not start: exit code ${stack.exitCode}`);
}
