// The floor: one GetItem of the entry, signed by hand, over one kept connection; it unseals nothing and
// handles no errors.
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { run } from '../harness.mjs';

const { env } = process;
const url = new URL(env.AWS_ENDPOINT_URL_DYNAMODB);
const { Agent, request: send } = url.protocol === 'https:' ? https : http;
const agent = new Agent({ keepAlive: true });
const body = JSON.stringify({
  TableName: env.KEEPWARM_CACHE_TABLE,
  ConsistentRead: true,
  Key: { tenant: { S: 'bench' }, name: { S: 'value' } },
});

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

function headers() {
  const time = new Date().toISOString().replace(/-|:|\.\d{3}/g, '');
  const scope = [time.slice(0, 8), env.AWS_REGION, 'dynamodb', 'aws4_request'];
  const signed = {
    'content-type': 'application/x-amz-json-1.0',
    host: url.host,
    'x-amz-date': time,
    'x-amz-target': 'DynamoDB_20120810.GetItem',
  };
  const names = Object.keys(signed);
  const canonical = `POST\n/\n\n${names.map((n) => `${n}:${signed[n]}\n`).join('')}\n${names.join(';')}\n${sha256(body)}`;
  const key = scope.reduce(hmac, `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope.join('/')}\n${sha256(canonical)}`;
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...signed,
    authorization: `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

const read = () =>
  new Promise((resolve, reject) => {
    const request = send(
      { agent, host: url.hostname, port: url.port, method: 'POST', headers: headers() },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const { Item } = JSON.parse(Buffer.concat(chunks));
          // It has the entry, but not the sealed value.
          resolve(Item.sealed.B.length > env.BENCH_VALUE.length ? env.BENCH_VALUE : undefined);
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });

run({ read, fresh: read });
