import { createDecipheriv, type KeyObject } from 'node:crypto';
import type { Sealed } from './entry.js';
import { KeepwarmError } from './errors.js';
import type { CredentialId } from './id.js';
import type { Vouching } from './vouching.js';

/** The format byte of the only kind of envelope: AES-256-GCM. Format 2 does not change it. */
export const FORMAT = 1;
export const NONCE_LENGTH = 12;
export const TAG_LENGTH = 16;

const LABEL = 'keepwarm/1';
const VOUCHING_LABEL = 'keepwarm/2';
const HEAD = 1 + NONCE_LENGTH;

/**
 * The plaintext of a sealed credential.
 *
 * @throws KeepwarmError `TAMPERED` if anything that the envelope covers was changed
 */
export function unseal(key: KeyObject, id: CredentialId, sealed: Sealed): Buffer {
  const { envelope } = sealed;
  if (envelope.length < HEAD + TAG_LENGTH || envelope[0] !== FORMAT) {
    throw tampered(id);
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, envelope.subarray(1, HEAD), {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAAD(authenticated(id, sealed));
    decipher.setAuthTag(envelope.subarray(envelope.length - TAG_LENGTH));
    const plaintext = decipher.update(envelope.subarray(HEAD, envelope.length - TAG_LENGTH));
    decipher.final();
    if (sealed.vouching !== undefined) {
      check(key, id, sealed, sealed.vouching);
    }
    return plaintext;
  } catch {
    throw tampered(id);
  }
}

/** Throws if the vouching data was changed, or belongs to another entry. */
function check(key: KeyObject, id: CredentialId, sealed: Sealed, { head, proof }: Vouching): void {
  const decipher = createDecipheriv('aes-256-gcm', key, proof.subarray(0, NONCE_LENGTH), {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAAD(authenticatedOf(id, sealed, head));
  decipher.setAuthTag(proof.subarray(NONCE_LENGTH));
  decipher.final();
}

/** The additional authenticated data of the vouching data. */
export function authenticatedOf(
  id: CredentialId,
  sealed: Omit<Sealed, 'dataKey'>,
  head: Buffer,
): Buffer {
  const lengths = [head, sealed.envelope].map(({ length }) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    return bytes;
  }) as [Buffer, Buffer];
  const fields = authenticated(id, sealed, VOUCHING_LABEL);
  return Buffer.concat([fields, lengths[0], head, lengths[1], sealed.envelope]);
}

/**
 * The authenticated data of an envelope: each field preceded by its length in 4 bytes, numbers
 * as 8 bytes, everything big endian.
 */
export function authenticated(
  { tenant, name }: CredentialId,
  { version, sealedAt, softExpiresAt, hardExpiresAt }: Omit<Sealed, 'envelope' | 'dataKey'>,
  label = LABEL,
): Buffer {
  const texts = [label, tenant, name];
  const numbers = [version, sealedAt, softExpiresAt, hardExpiresAt];
  const length = texts.reduce((sum, text) => sum + 4 + text.length, 12 * numbers.length);
  const data = Buffer.allocUnsafe(length);
  let at = 0;
  for (const text of texts) {
    at = data.writeUInt32BE(text.length, at);
    at += data.write(text, at, 'latin1');
  }
  for (const number of numbers) {
    at = data.writeUInt32BE(8, at);
    at = data.writeBigUInt64BE(BigInt(number), at);
  }
  return data;
}

function tampered({ tenant, name }: CredentialId): KeepwarmError {
  return new KeepwarmError('TAMPERED', `the entry of ${tenant} ${name} cannot be unsealed`);
}
