import { KeepwarmError } from './errors.js';

/** The name of a credential: the tenant that owns it and its name within the tenant. */
export interface CredentialId {
  /** The tenant. */
  readonly tenant: string;
  /** The credential's name within the tenant. */
  readonly name: string;
}

const PART = /^[A-Za-z0-9._:@/+=-]{1,128}$/;
const ALLOWED = '1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -';

/**
 * @internal
 * The id and the rest of the arguments of a call that takes an id as an object or in two parts.
 */
export function idAndRest(args: readonly unknown[]): readonly [CredentialId, ...unknown[]] {
  const [first, ...rest] = args;
  if (typeof first === 'object' && first !== null) {
    const { tenant, name } = first as CredentialId;
    return [{ tenant, name }, ...rest];
  }
  const [name, ...others] = rest;
  return [{ tenant: first, name } as CredentialId, ...others];
}

/** @internal Whether `part` may be a tenant or a name. */
export function isValidPart(part: unknown): part is string {
  return typeof part === 'string' && PART.test(part);
}

/** @internal */
export function checkTenant(tenant: string): void {
  check('tenant', tenant);
}

/** @internal */
export function checkId(id: CredentialId): void {
  check('tenant', id.tenant);
  check('name', id.name);
}

/** @internal A text that no other id has, because neither part can contain a blank. */
export function keyOf(id: CredentialId): string {
  return `${id.tenant} ${id.name}`;
}

function check(what: string, part: unknown): void {
  if (!isValidPart(part)) {
    // The offending text is not repeated: it may be a misplaced secret.
    const given =
      typeof part === 'string' ? `of ${part.length} characters` : 'that is not a string';
    throw new KeepwarmError('INVALID_ID', `${what} ${given}, must be ${ALLOWED}`);
  }
}
