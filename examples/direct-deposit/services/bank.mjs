import { createHmac, randomBytes } from 'node:crypto';
import { same, sha256, startService } from './server.mjs';

const SIGNED_FOR = 5 * 60_000;

/**
 * A stand-in for the bank: it keeps account numbers and issues tokens for them. Each request is signed:
 * HMAC-SHA256 of method, path, date and the body's hash, with the tenant's secret.
 */
export async function startBank() {
  const accounts = new Map();
  const service = await startService(isSigned, ({ method, path, body, tenant }) => {
    const token = path.replace(/^\/accounts\/?/, '');
    const key = `${tenant} ${token}`;
    if (method === 'POST' && path === '/accounts') {
      const { routing, number } = JSON.parse(body);
      const made = randomBytes(8).toString('hex');
      accounts.set(`${tenant} ${made}`, { routing, number });
      return { status: 201, json: { token: made } };
    }
    if (method === 'DELETE' && accounts.delete(key)) {
      return { status: 204 };
    }
    return { status: 404, json: { error: 'no such account' } };
  });
  return { ...service, account: (tenant, token) => accounts.get(`${tenant} ${token}`), accounts };
}

function isSigned({ method, path, headers, body }, { secret }) {
  const date = `${headers['x-date']}`;
  const text = [method, path, date, sha256(body).toString('hex')].join('\n');
  const expected = createHmac('sha256', secret).update(text).digest('hex');
  const isTimely = Math.abs(Date.now() - Date.parse(date)) < SIGNED_FOR;
  return isTimely && same(expected, `${headers['x-signature']}`);
}
