// Runs a handler on Lambda's Runtime API: on this machine there is no managed runtime to do it.

import http from 'node:http';
import path from 'node:path';

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true });

const [file, name] = process.env._HANDLER.split('.');
const module = await import(path.resolve(`${file}.mjs`));
const handler = module[name];

for (;;) {
  const next = await send('GET', `${base}/next`);
  let outcome = 'response';
  let answer;
  try {
    answer = await handler(JSON.parse(next.body));
  } catch (e) {
    outcome = 'error';
    answer = { errorType: e.name, errorMessage: e.message };
  }
  const id = next.headers['lambda-runtime-aws-request-id'];
  await send('POST', `${base}/${id}/${outcome}`, JSON.stringify(answer));
}

function send(method, url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method }, (response) => {
      const chunks = [];
      response.on('error', reject);
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
