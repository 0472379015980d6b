import http from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { type Clock, type Moment, momentOf, since } from '../clock.js';
import { addressOf, serverNameOf } from './address.js';
import { type Connected, type ProxySettings, tunnel } from './proxy.js';

type Options = tls.ConnectionOptions & net.NetConnectOpts;

/** Returns the socket, which may still be connecting, or calls back once it has one. */
type Open = (options: Options, connected: Connected) => Socket | undefined;

/** An agent that keeps connections, and can open one before it is needed. */
export interface Connections {
  readonly agent: http.Agent;

  /** Opens a connection to a host, unless there is one. A failure is not reported. */
  connect(url: URL): void;

  /** Closes connections that were opened ahead and are unused for at least so many milliseconds. */
  dropUnused(least: number): void;

  /** Whether a connection was opened ahead: like an idle one, it may have died since. */
  wasAhead(socket: object | null): boolean;

  close(): void;
}

/** The options that agents use for connections that they keep. */
const KEPT = { keepAlive: true, noDelay: true, ALPNProtocols: ['http/1.1'] };

/** A connection that no request has used yet. */
interface Ahead {
  readonly at: Moment;
  /** Undefined if it could not be opened. */
  readonly socket: Promise<Socket | undefined>;
}

function connections(agent: http.Agent, open: Open, clock: Clock): Connections {
  const ahead = new Map<string, Ahead>();
  const opened = new WeakSet<object>();

  const createConnection = (options: Options, connected: Connected): Socket | undefined => {
    const key = `${options.host}:${options.port}:`;
    const ready = ahead.get(key);
    if (ready === undefined) {
      return open(options, connected);
    }
    ahead.delete(key);
    void ready.socket.then((socket) => {
      if (socket !== undefined && !socket.destroyed) {
        connected(null, socket.ref());
        return;
      }
      const other = open(options, connected);
      if (other !== undefined) {
        connected(null, other);
      }
    });
    return undefined;
  };
  Object.assign(agent, { createConnection });

  const connect = (url: URL): void => {
    const { host, port } = addressOf(url);
    const key = `${host}:${port}:`;
    const isThere = [agent.sockets, agent.freeSockets].some((all) =>
      Object.entries(all).some(
        ([name, sockets]) => name.startsWith(key) && sockets?.some(({ destroyed }) => !destroyed),
      ),
    );
    if (isThere || ahead.has(key)) {
      return;
    }
    const options = { ...KEPT, host, port, servername: serverNameOf(host) } as Options;
    const gone = (): void => {
      if (ahead.get(key) === own) {
        ahead.delete(key);
      }
    };
    const socket = new Promise<Socket | undefined>((resolve) => {
      const made = (one: Socket | undefined): void => {
        if (one === undefined) {
          gone();
        } else {
          opened.add(one);
          one.on('close', gone);
          // A request that gets a dead one opens another, and reports the failure of that one.
          one.on('error', () => {});
          // It must not keep a finished process alive.
          one.unref();
        }
        resolve(one);
      };
      const direct = open(options, (_, one) => made(one));
      if (direct !== undefined) {
        made(direct);
      }
    });
    const own: Ahead = { at: momentOf(clock), socket };
    ahead.set(key, own);
  };

  const dropUnused = (least: number): void => {
    for (const [key, { at, socket }] of ahead) {
      if (since(clock, at) >= least) {
        ahead.delete(key);
        void socket.then((one) => one?.destroy());
      }
    }
  };

  return {
    agent,
    connect,
    dropUnused,
    wasAhead: (socket) => socket !== null && opened.has(socket),
    close: () => {
      dropUnused(0);
      agent.destroy();
    },
  };
}

/** To hosts that are reached over http. */
export function plainConnections(clock: Clock): Connections {
  return connections(new http.Agent({ keepAlive: true }), (options) => net.connect(options), clock);
}

/**
 * To hosts that are reached over https. Their TLS sessions are resumed, also after a connection was
 * reset: connections that die during a freeze end this way.
 *
 * @param proxy the proxy to reach them through
 * @param timeout how long the proxy may take to connect, in milliseconds
 */
export function secureConnections(
  clock: Clock,
  proxy: ProxySettings | undefined,
  timeout: number,
): Connections {
  const sessions = new Map<string, Buffer>();
  let secureContext: tls.SecureContext | undefined;

  const secure = (options: tls.ConnectionOptions): Socket => {
    const key = `${options.host}:${options.port}`;
    secureContext ??= tls.createSecureContext();
    const session = sessions.get(key);
    const socket = tls.connect({ ...options, secureContext, ...(session && { session }) });
    let isSecure = false;
    socket.on('secureConnect', () => {
      isSecure = true;
    });
    socket.on('session', (given) => sessions.set(key, given));
    socket.on('close', () => {
      if (!isSecure) {
        sessions.delete(key);
      }
    });
    return socket;
  };

  const open: Open =
    proxy === undefined
      ? secure
      : (options, connected) => {
          tunnel(proxy, timeout, options, (error, socket) => {
            if (socket === undefined) {
              connected(error);
              return;
            }
            const servername = serverNameOf(options.host ?? '');
            connected(null, secure({ ...options, socket, servername }));
          });
          return undefined;
        };
  return connections(new https.Agent({ keepAlive: true }), open, clock);
}
