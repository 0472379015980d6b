import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clients } from '../clients.mjs';

/** Both services' state, and a lambda that does as `invoke` says. */
function clients(invoke) {
  const accounts = new Map();
  const deposits = new Map();
  const services = {
    'bank-gateway': { account: (_, token) => accounts.get(token) },
    'payroll-api': { token: (_, employee) => deposits.get(employee) },
  };
  return new Clients(
    { services, invoke: (_, request) => invoke(request, accounts, deposits) },
    'c',
  );
}

let tokens = 0;

async function right({ action, employee, account }, accounts, deposits) {
  accounts.delete(deposits.get(employee));
  deposits.delete(employee);
  const token = action === 'delete' ? null : `t${++tokens}`;
  if (token !== null) {
    accounts.set(token, account);
    deposits.set(employee, token);
  }
  return { employee, token };
}

async function all(client) {
  await client.create();
  await client.update();
  await client.delete();
}

test('whatIsDoneAsAskedIsRight', async () => {
  const some = clients(right);

  await Promise.all([all(some.next('after', 'acme')), all(some.next('after', 'acme'))]);

  assert.deepEqual(some.wrong, []);
  assert.equal(some.requests, 6);
  await some.reached(6);
});

const WRONG = {
  aFailure: () => Promise.reject(new Error('no')),
  anotherEmployee: async (...args) => ({ ...(await right(...args)), employee: 'other' }),
  anotherAccount: ({ account, ...rest }, ...state) =>
    right({ ...rest, account: { ...account, number: '1' } }, ...state),
  nothingDone: async ({ employee, action }) => ({
    employee,
    token: action === 'delete' ? null : 'x',
  }),
  anAccountLeftBehind: async (request, accounts, deposits) =>
    right(request, { delete: () => {}, set: (k, v) => accounts.set(k, v) }, deposits),
};

for (const [name, invoke] of Object.entries(WRONG)) {
  test(`${name}IsSeen`, async () => {
    const some = clients(invoke);

    await all(some.next('after', 'acme'));

    assert.notEqual(some.wrong.length, 0);
    assert.equal(some.requests, 3);
  });
}
