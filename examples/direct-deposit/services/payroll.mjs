import { same, startService } from './server.mjs';

/**
 * A stand-in for the payroll system: it pays an employee into the account with the bank's token.
 * A tenant authenticates with its API key.
 */
export async function startPayroll() {
  const deposits = new Map();
  const service = await startService(
    ({ headers }, { apiKey }) => same(`${headers['x-api-key']}`, apiKey),
    ({ method, path, body, tenant }) => {
      const [, employee] = /^\/employees\/([^/]+)\/deposit$/.exec(path) ?? [];
      const key = `${tenant} ${employee}`;
      const replaced = deposits.get(key);
      if (method === 'PUT') {
        deposits.set(key, JSON.parse(body).token);
        return { status: 200, json: { replaced } };
      }
      if (method === 'DELETE' && deposits.delete(key)) {
        return { status: 200, json: { replaced } };
      }
      return { status: 404, json: { error: 'no such deposit' } };
    },
  );
  return {
    ...service,
    token: (tenant, employee) => deposits.get(`${tenant} ${employee}`),
    deposits,
  };
}
