import http from 'node:http';
import https from 'node:https';
import { KeepwarmError } from '../errors.js';
import { parseObject } from '../json.js';
import type { AwsCredentials } from '../settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The hosts that may be called over plain http: those of ECS and EKS, and this one. */
const PLAIN = /^(169\.254\.170\.(2|23)|\[fd00:ec2::23\]|localhost|127(\.\d+){3}|\[::1\])$/;

/** How long the host may take, in milliseconds. */
const PATIENCE = 1000;

const MAX_ANSWER = 64 * 1024;

/**
 * The credentials of a container in ECS, or of a pod in EKS with Pod Identity; undefined if the
 * environment names no host that has them.
 *
 * @throws KeepwarmError `INVALID_CONFIGURATION` if it names a host that must not be called
 */
export async function containerCredentials(env: Env): Promise<AwsCredentials | undefined> {
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const full = env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (!relative && !full) {
    return undefined;
  }
  const address = relative ? `http://169.254.170.2${relative}` : `${full}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && PLAIN.test(url.hostname))) {
    throw new KeepwarmError(
      'INVALID_CONFIGURATION',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI: must be an address of ECS, EKS or this host, or https',
    );
  }
  const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  // Loaded only when needed: it takes a millisecond of every cold start.
  const fs = file && (await import('node:fs/promises'));
  const token = fs
    ? (await fs.readFile(file, 'utf8')).trim()
    : env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const answer = parseObject(await get(url, token ? { authorization: token } : {})) ?? {};
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = answer;
  const expiration = new Date(`${Expiration}`);
  return {
    accessKeyId: typeof AccessKeyId === 'string' ? AccessKeyId : '',
    secretAccessKey: typeof SecretAccessKey === 'string' ? SecretAccessKey : '',
    sessionToken: typeof Token === 'string' ? Token : undefined,
    expiration: Number.isNaN(expiration.getTime()) ? undefined : expiration,
  };
}

function get(url: URL, headers: http.OutgoingHttpHeaders): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http;
    const request = client.get(url, { headers, agent: false, timeout: PATIENCE }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER) {
          request.destroy(new Error('the response is too long'));
        }
      });
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(text)
          : reject(new Error(`the container's host responded with ${response.statusCode}`)),
      );
    });
    request.on('timeout', () =>
      request.destroy(new Error("the container's host does not respond")),
    );
    request.on('error', reject);
  });
}
