// In a separate file, because X-Ray changes node:http for the whole process.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { test } from 'node:test';
import xray from 'aws-xray-sdk-core';
import { World } from './support/world.js';

test('xRaysCaptureSeesTheRequestsOfAReaderThatIsThereAlready', async (t) => {
  const world = await World.of(t);
  world.put('secret');
  const reader = world.reader();
  xray.captureHTTPsGlobal(http, false);
  xray.captureHTTPsGlobal(https, false);
  // The segment is never closed, so nothing is sent to a daemon.
  const segment = new xray.Segment('function');

  const credential = await xray.getNamespace().runAndReturn(() => {
    xray.setSegment(segment);
    return reader.get('acme', 'db');
  });

  assert.equal(credential.text(), 'secret');
  const seen = segment.subsegments?.map((one) => {
    // Its types do not declare it.
    const { request, response } = (one as unknown as { http: Seen }).http;
    return [request.method, new URL(request.url).hostname, response.status];
  });
  const { hostname } = new URL(world.aws.url);
  assert.deepEqual(seen, [
    ['POST', hostname, 200],
    ['POST', hostname, 200],
  ]);
});

interface Seen {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: number };
}
