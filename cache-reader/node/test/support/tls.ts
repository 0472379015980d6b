import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import { selfSigned } from './certificate.js';
import type { World } from './world.js';

/** TLS in front of the fake AWS. It counts connections and handshakes. */
export class TlsFront {
  /** Opened connections. */
  connections = 0;
  /** Connections whose handshake is complete. */
  handshakes = 0;
  /** Connections whose handshake resumed a session. */
  resumed = 0;
  /** How often a client sent something. */
  heard = 0;
  /** Whether what clients send is ignored. */
  deaf = false;
  readonly #sockets = new Set<Socket>();
  readonly #server: tls.Server;

  private constructor(world: World) {
    this.#server = tls.createServer(selfSigned(), (socket) => {
      this.handshakes++;
      this.resumed += socket.isSessionReused() ? 1 : 0;
      const plain = connect(Number(new URL(world.aws.url).port), '127.0.0.1');
      socket.on('data', (data) => {
        this.heard++;
        if (!this.deaf) {
          plain.write(data);
        }
      });
      plain.pipe(socket);
      socket.on('error', () => plain.destroy());
      socket.on('close', () => plain.destroy());
      plain.on('error', () => socket.destroy());
    });
    this.#server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
    // A client has disconnected during its handshake.
    this.#server.on('tlsClientError', () => {});
  }

  static async of(world: World, test: TestContext): Promise<TlsFront> {
    const front = new TlsFront(world);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    test.after(() => {
      front.#server.close();
      front.reset();
    });
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The number of open connections. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Forgets the keys of its sessions' tickets. */
  forgetSessions(): void {
    this.#server.setTicketKeys(randomBytes(48));
  }

  /** Resets every connection. */
  reset(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }
}

/** Lets this process trust any certificate. */
export function trustingAll(test: TestContext): void {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  test.after(() => {
    if (before === undefined) {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    } else {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });
}

/** A proxy that connects every client to the fake AWS over TLS, or responds with another status. */
export async function proxyTo(world: World, test: TestContext, status = 200) {
  const front = await TlsFront.of(world, test);
  const asked: { target: string | undefined; authorization: string | undefined }[] = [];
  const proxy = http.createServer();
  proxy.on('connect', (request, socket) => {
    asked.push({
      target: request.url,
      authorization: request.headers['proxy-authorization'],
    });
    socket.on('error', () => socket.destroy());
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const there = connect(front.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(there).pipe(socket);
    });
    there.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const { port } = proxy.address() as AddressInfo;
  const { AWS_ENDPOINT_URL: _, ...env } = world.aws.env;
  return { front, asked, env: { ...env, HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${port}` } };
}
