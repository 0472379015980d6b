import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import aws4 from 'aws4';
import type { CredentialId } from '../../src/id.js';
import { keyOf } from '../../src/id.js';
import type { Item } from '../../src/item.js';
import type { ResolveRequest } from '../../src/ports.js';
import { type Life, seal } from './seal.js';
import { inTime } from './until.js';

export const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'session-token',
};

export type Service = 'dynamodb' | 'kms' | 'lambda' | 'events';

export interface Seen {
  readonly service: Service;
  readonly target: string;
  readonly path: string;
  /** The client's port, which identifies the connection. */
  readonly port: number | undefined;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into requests of four services
  readonly body: any;
}

/** A fault: what a request gets instead of its normal response. */
export type Fault =
  | 'reset'
  | 'hang'
  | 'truncated'
  | 'cut'
  | {
      readonly status: number;
      readonly type?: string;
      readonly headers?: Record<string, string>;
      readonly raw?: string;
      /** For this fault only: respond as usual, after `before` has run. */
      readonly before?: () => void;
    };

/**
 * Enough of DynamoDB, KMS, Lambda and EventBridge for a reader, on one port of the loopback
 * interface. The package aws4, which is independent of our code, checks every request's signature.
 */
export class FakeAws {
  readonly items = new Map<string, Record<string, Item[string]>>();
  readonly events: unknown[] = [];
  readonly seen: Seen[] = [];
  /** The KMS key under which data keys are made from now on. */
  keyId = 'alias/keepwarm';
  /** KMS keys that cannot be used, and KMS's error for each. */
  readonly unusable = new Map<string, string>();
  /** How many items a Query returns at once. */
  pageSize = 100;
  /** The resolve function: its response, or an error of the function. */
  resolver: (request: ResolveRequest) => unknown = () => {
    throw new Error('no resolve expected');
  };
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } =
    CREDENTIALS;

  /** The time of this server. If it is set, signatures must match it, and responses have dates. */
  time: (() => number) | undefined;
  /** Whether the dates are in headers, or only in errors about a signature's time. */
  datesInHeaders = true;
  /** The client's ports of dead connections, on which this server receives and sends nothing. */
  readonly deaf = new Set<number | undefined>();
  /** The maximum number of concurrent connections. */
  mostConnections = 0;

  readonly #wrapped = new Map<string, Wrapped>();
  readonly #faults: { readonly service: Service; readonly fault: Fault; left: number }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      this.mostConnections = Math.max(this.mostConnections, this.#sockets.size);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<FakeAws> {
    const aws = new FakeAws();
    aws.#server.listen(0, '127.0.0.1');
    await once(aws.#server, 'listening');
    return aws;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
      KEEPWARM_RESOLVER: 'keepwarm-resolve',
    };
  }

  /** Lets the next `times` requests to a service get a fault. */
  fail(service: Service, fault: Fault, times = 1): void {
    this.#faults.push({ service, fault, left: times });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  count(service: Service): number {
    return this.seen.filter((one) => one.service === service).length;
  }

  /** Resolves once a service has had `times` requests in all. */
  async received(service: Service, times: number): Promise<void> {
    while (this.count(service) < times) {
      const next = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await inTime(`${service} has had ${times} requests`, next);
    }
  }

  /** Closes every connection from the server's side, as a load balancer does with idle ones. */
  closeConnections(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  get connections(): number {
    return this.#sockets.size;
  }

  dataKey(tenant: string): { wrapped: string; key: KeyObject } {
    const key = randomBytes(32);
    const wrapped = randomBytes(64).toString('base64');
    this.#wrapped.set(wrapped, { tenant, key, under: this.keyId });
    return { wrapped, key: createSecretKey(key) };
  }

  /** Adds a data key that was made elsewhere to KMS. */
  adoptDataKey(tenant: string, wrapped: string, key: Buffer): void {
    this.#wrapped.set(wrapped, { tenant, key, under: this.keyId });
  }

  put(item: Record<string, Item[string]>): void {
    this.items.set(keyOf(idOf(item)), item);
  }

  delete(id: CredentialId): void {
    this.items.delete(keyOf(id));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The tests' clocks differ from this server's.
    response.sendDate = false;
    const time = this.time?.();
    if (time !== undefined && this.datesInHeaders) {
      response.setHeader('date', new Date(time).toUTCString());
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const target = String(request.headers['x-amz-target'] ?? request.url);
    const service: Service = target.startsWith('DynamoDB_20120810.')
      ? 'dynamodb'
      : target.startsWith('TrentService.')
        ? 'kms'
        : target.startsWith('AWSEvents.')
          ? 'events'
          : 'lambda';
    const fault = this.#faults.find((one) => one.service === service && one.left > 0);
    this.seen.push({
      service,
      target,
      path: request.url ?? '',
      port: request.socket.remotePort,
      headers: request.headers,
      body: JSON.parse(text),
    });
    for (const wake of this.#waiting.splice(0)) {
      wake();
    }
    if (fault !== undefined) {
      fault.left--;
      if (typeof fault.fault === 'object' && fault.fault.before !== undefined) {
        fault.fault.before();
      } else {
        this.#misbehave(fault.fault, request.socket, response);
        return;
      }
    }
    if (this.deaf.has(request.socket.remotePort)) {
      return;
    }
    const signedAt = String(request.headers['x-amz-date']);
    if (time !== undefined && Math.abs(millisOf(signedAt) - time) > 300_000) {
      const message = `Signature expired: ${signedAt} is now earlier than X (${basic(time)} - 5 min.)`;
      response.writeHead(403);
      response.end(JSON.stringify({ __type: 'InvalidSignatureException', message }));
      return;
    }
    const [status, body, headers] = this.#isSigned(request, service, text)
      ? this.#answer(service, target, JSON.parse(text))
      : [403, { __type: 'UnrecognizedClientException' }];
    response.writeHead(status, headers);
    response.end(JSON.stringify(body));
  }

  #misbehave(fault: Fault, socket: Socket, response: ServerResponse): void {
    if (fault === 'reset') {
      socket.resetAndDestroy();
    } else if (fault === 'truncated') {
      // A complete HTTP message with half a JSON text.
      response.end('{"Item": {"tenant": {"S": "ac');
    } else if (fault === 'cut') {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"Item": ', () => socket.destroy());
    } else if (fault !== 'hang') {
      response.writeHead(fault.status, fault.headers);
      response.end(fault.raw ?? JSON.stringify({ __type: fault.type, message: 'a fault' }));
    }
  }

  #isSigned(request: IncomingMessage, service: Service, body: string): boolean {
    const authorization = request.headers.authorization ?? '';
    const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
    const headers: Record<string, string> = {};
    for (const name of signed) {
      headers[name] = String(request.headers[name]);
    }
    const again = aws4.sign(
      {
        service,
        region: 'eu-central-1',
        method: 'POST',
        path: request.url ?? '',
        headers,
        body,
        extraHeadersToIgnore: { 'content-length': true },
      } as Parameters<typeof aws4.sign>[0],
      this.credentials,
    );
    return (again.headers as Record<string, string>).Authorization === authorization;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the inputs of five operations
  #answer(service: Service, target: string, body: any): [number, unknown, Record<string, string>?] {
    switch (service) {
      case 'dynamodb':
        if (body.TableName !== 'keepwarm-cache' || body.ConsistentRead !== true) {
          return [400, { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException' }];
        }
        return target.endsWith('.GetItem') ? this.#getItem(body) : this.#query(body);
      case 'kms':
        return this.#decrypt(body);
      case 'events':
        this.events.push(...body.Entries);
        return [200, { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }];
      case 'lambda':
        try {
          return [200, this.resolver(body)];
        } catch (error) {
          return [200, { errorMessage: String(error) }, { 'x-amz-function-error': 'Unhandled' }];
        }
    }
  }

  #getItem(body: { Key: Record<string, Item[string]> }): [number, unknown] {
    const item = this.items.get(keyOf(idOf(body.Key)));
    return [200, item === undefined ? {} : { Item: item }];
  }

  #query(body: {
    ExpressionAttributeValues: Record<string, { S: string }>;
    ExclusiveStartKey?: Record<string, Item[string]>;
  }): [number, unknown] {
    const tenant = body.ExpressionAttributeValues[':tenant']?.S;
    const from = body.ExclusiveStartKey === undefined ? '' : idOf(body.ExclusiveStartKey).name;
    const all = [...this.items.values()]
      .filter((item) => idOf(item).tenant === tenant && idOf(item).name > from)
      .sort((a, b) => (idOf(a).name < idOf(b).name ? -1 : 1));
    const page = all.slice(0, this.pageSize);
    const last = page.at(-1);
    return [
      200,
      {
        Items: page,
        ...(all.length > page.length &&
          last && { LastEvaluatedKey: { tenant: last.tenant, name: last.name } }),
      },
    ];
  }

  #decrypt(body: {
    CiphertextBlob: string;
    KeyId: string;
    EncryptionContext: Record<string, string>;
  }): [number, unknown] {
    const known = this.#wrapped.get(body.CiphertextBlob);
    const unusable = this.unusable.get(body.KeyId);
    if (unusable !== undefined) {
      return [400, { __type: unusable }];
    }
    if (known !== undefined && body.KeyId !== known.under) {
      return [400, { __type: 'IncorrectKeyException' }];
    }
    const context = JSON.stringify({ keepwarm: '1', tenant: known?.tenant });
    if (known === undefined || JSON.stringify(body.EncryptionContext) !== context) {
      return [400, { __type: 'InvalidCiphertextException' }];
    }
    return [200, { KeyId: body.KeyId, Plaintext: known.key.toString('base64') }];
  }
}

/** A time in the format of signatures. */
export function basic(millis: number): string {
  return new Date(millis).toISOString().replace(/-|:|\.\d{3}/g, '');
}

function millisOf(time: string): number {
  return Date.parse(time.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
}

interface Wrapped {
  readonly tenant: string;
  readonly key: Buffer;
  readonly under: string;
}

/** A READY item. */
export function ready(
  aws: FakeAws,
  id: CredentialId,
  text: string,
  life: Life,
  siblings = 1,
): Record<string, Item[string]> {
  const { wrapped, key } = aws.dataKey(id.tenant);
  return {
    tenant: { S: id.tenant },
    name: { S: id.name },
    state: { S: 'READY' },
    fence: { N: '0' },
    version: { N: `${life.version}` },
    sealed: { B: seal(key, id, life, Buffer.from(text)).toString('base64') },
    dataKey: { B: wrapped },
    dataKeyCreatedAt: { N: `${life.sealedAt}` },
    sealedAt: { N: `${life.sealedAt}` },
    softExpiresAt: { N: `${life.softExpiresAt}` },
    hardExpiresAt: { N: `${life.hardExpiresAt}` },
    siblings: { N: `${siblings}` },
    ttl: { N: `${Math.ceil(life.hardExpiresAt / 1000)}` },
  };
}

/** A FAILED item. */
export function failed(
  id: CredentialId,
  failure: string,
  retryAt: number,
  siblings = 1,
  sealedAt = retryAt - 30_000,
): Record<string, Item[string]> {
  return {
    tenant: { S: id.tenant },
    name: { S: id.name },
    state: { S: 'FAILED' },
    fence: { N: '0' },
    failure: { S: failure },
    retryAt: { N: `${retryAt}` },
    sealedAt: { N: `${sealedAt}` },
    siblings: { N: `${siblings}` },
  };
}

/** A tombstone, of a revocation if `retryAt` is given. */
export function tombstone(id: CredentialId, retryAt?: number): Record<string, Item[string]> {
  return {
    tenant: { S: id.tenant },
    name: { S: id.name },
    state: { S: 'INVALID' },
    fence: { N: '1' },
    ...(retryAt !== undefined && {
      revoked: { N: '7' },
      revokedAt: { N: '1' },
      retryAt: { N: `${retryAt}` },
    }),
  };
}

function idOf(item: Readonly<Record<string, unknown>>): CredentialId {
  return {
    tenant: (item.tenant as { S: string }).S,
    name: (item.name as { S: string }).S,
  };
}
