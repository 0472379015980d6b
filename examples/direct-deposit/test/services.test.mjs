import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { startBank } from '../services/bank.mjs';
import { startPayroll } from '../services/payroll.mjs';

async function started(t, start) {
  const service = await start();
  t.after(service.close);
  return service;
}

function signed(tenant, secret, { body = '', date = new Date() } = {}) {
  const hash = createHash('sha256').update(body).digest('hex');
  const text = ['POST', '/accounts', date.toISOString(), hash].join('\n');
  return {
    'x-tenant': tenant,
    'x-date': date.toISOString(),
    'x-signature': createHmac('sha256', secret).update(text).digest('hex'),
  };
}

test('theBankTakesWhatIsSignedWithTheTenantsSecretAndNothingElse', async (t) => {
  const bank = await started(t, startBank);
  bank.accept('acme', { secret: 'right' });
  bank.accept('globex', { secret: 'other' });
  const body = '{"routing":"1","number":"2"}';
  const post = async (headers, sent = body) =>
    (await fetch(`${bank.url}/accounts`, { method: 'POST', headers, body: sent })).status;

  assert.equal(await post(signed('acme', 'right', { body })), 201);
  assert.equal(await post(signed('acme', 'other', { body })), 401);
  assert.equal(await post(signed('nobody', 'right', { body })), 401);
  assert.equal(await post(signed('acme', 'right', { body }), `${body} `), 401);
  const old = new Date(Date.now() - 3_600_000);
  assert.equal(await post(signed('acme', 'right', { body, date: old })), 401);
  assert.equal(await post({}), 401);
  assert.equal(bank.refusals(), 5);
  assert.equal(bank.accounts.size, 1);
});

test('payrollTakesTheTenantsKeyAndNothingElse', async (t) => {
  const payroll = await started(t, startPayroll);
  payroll.accept('acme', { apiKey: 'right' });
  payroll.accept('globex', { apiKey: 'other' });
  const put = async (headers) =>
    (
      await fetch(`${payroll.url}/employees/e/deposit`, {
        method: 'PUT',
        headers,
        body: '{"token":"t"}',
      })
    ).status;

  assert.equal(await put({ 'x-tenant': 'acme', 'x-api-key': 'right' }), 200);
  assert.equal(await put({ 'x-tenant': 'acme', 'x-api-key': 'other' }), 401);
  assert.equal(await put({ 'x-tenant': 'acme' }), 401);
  assert.deepEqual([...payroll.deposits], [['acme e', 't']]);
});

test('aRotatedCredentialIsRefusedAtOnce', async (t) => {
  const payroll = await started(t, startPayroll);
  const remove = async (apiKey) =>
    (
      await fetch(`${payroll.url}/employees/e/deposit`, {
        method: 'DELETE',
        headers: { 'x-tenant': 'acme', 'x-api-key': apiKey },
      })
    ).status;
  payroll.accept('acme', { apiKey: 'old' });
  payroll.accept('acme', { apiKey: 'new' });
  assert.equal(await remove('old'), 404);

  payroll.refuseOlder('acme');

  assert.equal(await remove('old'), 401);
  assert.equal(await remove('new'), 404);
});
