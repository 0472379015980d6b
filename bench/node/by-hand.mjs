// Requests to AWS, signed by hand, over one kept connection per service; nothing handles errors.
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

const { env } = process;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/**
 * A function that sends a request's body and returns the response, both as values of JSON.
 *
 * @param endpoint an URL
 * @param service its name in signatures
 */
export function byHand(endpoint, service, target, type) {
  const url = new URL(endpoint);
  const { Agent, request: send } = url.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true });

  function headers(body) {
    const time = new Date().toISOString().replace(/-|:|\.\d{3}/g, '');
    const scope = [time.slice(0, 8), env.AWS_REGION, service, 'aws4_request'];
    const signed = {
      'content-type': type,
      host: url.host,
      'x-amz-date': time,
      'x-amz-target': target,
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

  return (value) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(value);
      const request = send(
        { agent, host: url.hostname, port: url.port, method: 'POST', headers: headers(body) },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks))));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
}

const getItem = byHand(
  env.AWS_ENDPOINT_URL_DYNAMODB,
  'dynamodb',
  'DynamoDB_20120810.GetItem',
  'application/x-amz-json-1.0',
);

/** The entry that all variants read. */
export async function entry() {
  const { Item } = await getItem({
    TableName: env.KEEPWARM_CACHE_TABLE,
    ConsistentRead: true,
    Key: { tenant: { S: 'bench' }, name: { S: 'value' } },
  });
  return Item;
}
