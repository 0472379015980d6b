import { createDecipheriv, type KeyObject } from 'node:crypto';
import type { Sealed } from './entry.js';
import { KeepwarmError } from './errors.js';
import type { CredentialId } from './id.js';

/** The format byte of the one envelope there is: AES-256-GCM. */
export const FORMAT = 1;
export const NONCE_LENGTH = 12;
export const TAG_LENGTH = 16;

const LABEL = 'keepwarm/1';
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
    return plaintext;
  } catch {
    throw tampered(id);
  }
}

/**
 * The authenticated data of an envelope: each field preceded by its length in 4 bytes, numbers
 * as 8 bytes, everything big endian.
 */
export function authenticated(
  { tenant, name }: CredentialId,
  { version, sealedAt, softExpiresAt, hardExpiresAt }: Omit<Sealed, 'envelope' | 'dataKey'>,
): Buffer {
  const texts = [LABEL, tenant, name];
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
  return new KeepwarmError('TAMPERED', `the entry of ${tenant} ${name} does not unseal`);
}
