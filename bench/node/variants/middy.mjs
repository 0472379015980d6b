// middy's Secrets Manager middleware around a handler, against a stand-in for Secrets Manager.
import middy from '@middy/core';
import secretsManager from '@middy/secrets-manager';
import { run } from '../harness.mjs';

const handlerOf = (cacheExpiry) =>
  middy()
    .use(
      secretsManager({
        fetchData: { value: 'value' },
        setToContext: true,
        disablePrefetch: true,
        cacheKey: `value-${cacheExpiry}`,
        cacheExpiry,
      }),
    )
    .handler(async (_event, context) => context.value);

const call = (handler) => () => handler({}, {});
const kept = call(handlerOf(-1));

run({ read: kept, fresh: call(handlerOf(0)), cached: kept });
