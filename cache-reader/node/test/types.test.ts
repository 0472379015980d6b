// Checked by the compiler, against the declarations that are published; never run further than
// its import.
import type {
  AwsCredentialProvider,
  Credential,
  ErrorCode,
  Reader,
  ReaderOptions,
} from '@keepwarm/reader';
import { KeepwarmError } from '@keepwarm/reader';
import keepwarm from '@keepwarm/reader/middy';
import middy from '@middy/core';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

export async function readers(reader: Reader): Promise<void> {
  const credential = await reader.get('acme', 'db');
  is<Equal<typeof credential, Credential>>();
  is<Equal<ReturnType<typeof credential.text>, string>>();
  const json = credential.json();
  is<Equal<typeof json, Record<string, unknown>>>();
  const user = credential.json<{ user: string }>();
  is<Equal<typeof user, { user: string }>>();

  const { credentials, failures } = await reader.getAll('acme');
  is<Equal<typeof credentials, ReadonlyMap<string, Credential>>>();
  is<Equal<typeof failures, ReadonlyMap<string, ErrorCode>>>();

  const length = await reader.withCredential({ tenant: 'a', name: 'b' }, async (c) => c.version);
  is<Equal<typeof length, number>>();

  // @ts-expect-error a name is needed
  await reader.get('acme');
  // @ts-expect-error what a credential holds cannot be changed
  credential.version = 2;
  // @ts-expect-error the maps cannot be changed
  credentials.clear();
}

export function errors(error: unknown): ErrorCode | undefined {
  if (!(error instanceof KeepwarmError)) {
    return undefined;
  }
  is<Equal<typeof error.failure, string | undefined>>();
  // @ts-expect-error not one of the codes
  if (error.code === 'NOT_A_CODE') {
    return undefined;
  }
  return error.code;
}

export const options: ReaderOptions[] = [
  {},
  { nearTtl: '30s', deadline: 500, onMiss: 'wait' },
  { credentials: { accessKeyId: 'a', secretAccessKey: 's' } },
  // @ts-expect-error not one of the choices
  { onMiss: 'panic' },
];

// A provider of the SDK has more in its answer and takes optional arguments.
const ofSdk = async (_properties?: { forceRefresh?: boolean }) => ({
  accessKeyId: 'a',
  secretAccessKey: 's',
  accountId: '1',
});
export const provider: AwsCredentialProvider = ofSdk;

export const handler = () =>
  middy().use(keepwarm({ fetchData: { db: { tenant: 'acme', name: 'db' } } }));

// As in the README: the handler's arguments have types.
export const shown = () =>
  middy()
    .use(
      keepwarm({
        fetchData: { payroll: ({ event }) => ({ tenant: event.tenant, name: 'payroll-api' }) },
        setToContext: true,
      }),
    )
    .handler(async (_event, { payroll, awsRequestId }) => {
      is<Equal<typeof payroll, Credential>>();
      return [awsRequestId, payroll.text()];
    });

export const typed = () =>
  keepwarm<{ tenant: string }>({
    fetchData: {
      payroll: ({ event }) => {
        is<Equal<typeof event, { tenant: string }>>();
        return { tenant: event.tenant, name: 'payroll-api' };
      },
    },
  });

export async function calls(reader: Reader): Promise<void> {
  const { signal } = new AbortController();
  await reader.get({ tenant: 'a', name: 'b' }, { signal, maxAge: '5s' });
  await reader.get('a', 'b', { forceFetch: true });
  await reader.withCredential('a', 'b', (c) => c.text(), { signal });
  await reader.getAll('a', { signal });
  await using _closed = reader;
  // @ts-expect-error misspelled
  await reader.get('a', 'b', { maxage: 1 });
}

// @ts-expect-error fetchData is needed
export const without = () => keepwarm({});
