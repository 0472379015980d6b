// node tls.mjs DIRECTORY NAME=ADDRESS...: terminates TLS 1.3 for loopback endpoints, because AWS is reached
// over TLS. Prints a line of JSON with an address for each name, and ends with its standard input. Resumes
// sessions. A separate process, so that its half of the handshakes does not run on a measured event loop.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

const [directory, ...targets] = process.argv.slice(2);
const file = (name) => path.join(directory, name);
execFileSync('openssl', [
  ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' '),
  ...['-subj', '/CN=Keepwarm benchmarks', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ...['-keyout', file('tls.key'), '-out', file('tls.pem')],
]);
const credentials = { key: readFileSync(file('tls.key')), cert: readFileSync(file('tls.pem')) };

const addresses = {};
for (const target of targets) {
  const [name, address] = target.split(/=(.*)/);
  const { hostname, port } = new URL(address);
  const server = tls.createServer({ ...credentials, minVersion: 'TLSv1.3' }, (client) => {
    const endpoint = net.connect({ host: hostname, port: Number(port), noDelay: true });
    client.setNoDelay(true);
    client.pipe(endpoint).pipe(client);
    client.on('error', () => endpoint.destroy());
    client.on('close', () => endpoint.destroy());
    endpoint.on('error', () => client.destroy());
  });
  server.on('tlsClientError', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  addresses[name] = `https://127.0.0.1:${server.address().port}`;
}
console.log(JSON.stringify(addresses));
process.stdin.resume().on('end', () => process.exit());
