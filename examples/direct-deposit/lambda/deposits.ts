import { createHash, createHmac } from 'node:crypto';
import { type Answer, send } from './http.js';

/** The function's request. */
export interface DepositRequest {
  readonly action: 'create' | 'update' | 'delete';
  readonly tenant: string;
  readonly employee: string;
  /** The account that receives the pay; not needed to delete. */
  readonly account?: { readonly routing: string; readonly number: string };
}

/** The function's response. */
export interface Deposit {
  readonly employee: string;
  /** The bank's token of the account; null once there is none. */
  readonly token: string | null;
}

/** Runs `use` with one of a tenant's credentials: a JSON text. */
export type WithCredential = <T>(
  tenant: string,
  name: string,
  use: (credential: string) => Promise<T>,
) => Promise<T>;

/** Thrown if a service does not know the credential, or no longer accepts it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The handler, with any source of credentials. */
export function deposits(
  withCredential: WithCredential,
): (request: DepositRequest) => Promise<Deposit> {
  const { BANK_URL = '', PAYROLL_URL = '' } = process.env;

  /** The bank requires each request to be signed with the tenant's secret. */
  const bank = (tenant: string, method: string, path: string, body?: object): Promise<Answer> =>
    withCredential(tenant, 'bank-gateway', (credential) => {
      const { secret } = JSON.parse(credential) as { secret: string };
      const text = body === undefined ? '' : JSON.stringify(body);
      const date = new Date().toISOString();
      const hash = createHash('sha256').update(text).digest('hex');
      const signature = createHmac('sha256', secret)
        .update([method, path, date, hash].join('\n'))
        .digest('hex');
      const headers = { 'x-tenant': tenant, 'x-date': date, 'x-signature': signature };
      return accepted(send(BANK_URL, { method, path, headers, body: text }));
    });

  /** The payroll system requires the tenant's API key. */
  const payroll = (tenant: string, method: string, path: string, body?: object): Promise<Answer> =>
    withCredential(tenant, 'payroll-api', (credential) => {
      const { apiKey } = JSON.parse(credential) as { apiKey: string };
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'x-tenant': tenant, 'x-api-key': apiKey };
      return accepted(send(PAYROLL_URL, { method, path, headers, body: text }));
    });

  return async ({ action, tenant, employee, account }) => {
    const path = `/employees/${encodeURIComponent(employee)}/deposit`;
    const token =
      action === 'delete' ? null : tokenOf((await bank(tenant, 'POST', '/accounts', account)).json);
    const { json } =
      token === null
        ? await payroll(tenant, 'DELETE', path)
        : await payroll(tenant, 'PUT', path, { token });
    const replaced = tokenOf(json, 'replaced');
    if (replaced !== null) {
      await bank(tenant, 'DELETE', `/accounts/${replaced}`);
    }
    return { employee, token };
  };
}

async function accepted(sent: Promise<Answer>): Promise<Answer> {
  const answer = await sent;
  if (answer.status === 401) {
    throw new Refused('a service refused the credential');
  }
  if (answer.status > 299) {
    throw new Error(`a service answered ${answer.status}`);
  }
  return answer;
}

function tokenOf(json: unknown, field = 'token'): string | null {
  const value = (json as Record<string, unknown> | undefined)?.[field];
  return typeof value === 'string' ? value : null;
}
