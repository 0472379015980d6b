// Runs the handler on Lambda's runtime API, as a custom runtime does: on this machine there is no managed
// runtime.

import { handler } from './handler.mjs';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  let outcome = 'response';
  let answer;
  try {
    answer = await handler(await next.json());
  } catch (e) {
    outcome = 'error';
    answer = { errorType: e.name, errorMessage: e.message };
  }
  await fetch(`${api}/${id}/${outcome}`, { method: 'POST', body: JSON.stringify(answer) });
}
