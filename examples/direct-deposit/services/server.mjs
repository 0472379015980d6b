import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';

/**
 * A service on loopback whose tenants have credentials of their own.
 *
 * `answer(request)` returns `{ status, json }`; `isAuthentic(request, credential)` returns whether a request
 * was made with a credential. A request is `{ method, path, headers, body, tenant }`.
 */
export async function startService(isAuthentic, answer) {
  /** The credentials that each tenant may use: two during a rotation. */
  const accepted = new Map();
  let refusals = 0;

  const respond = (request) => {
    const credentials = accepted.get(request.tenant) ?? [];
    if (!credentials.some((credential) => isAuthentic(request, credential))) {
      refusals++;
      return { status: 401, json: { error: 'unknown credential' } };
    }
    return answer(request);
  };

  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const body = Buffer.concat(chunks).toString();
      const { status, json } = respond({
        method,
        path,
        headers,
        body,
        tenant: headers['x-tenant'],
      });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(json === undefined ? '' : JSON.stringify(json));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** How many requests had no accepted credential. */
    refusals: () => refusals,
    accept: (tenant, credential) =>
      accepted.set(tenant, [...(accepted.get(tenant) ?? []), credential]),
    /** From now on, only the newest credential is accepted. */
    refuseOlder: (tenant) => accepted.set(tenant, accepted.get(tenant).slice(-1)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Whether two texts are the same, compared in constant time. */
export function same(a, b) {
  return timingSafeEqual(sha256(a), sha256(b));
}

export function sha256(text) {
  return createHash('sha256').update(text).digest();
}
