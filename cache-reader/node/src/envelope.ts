import { createDecipheriv, type KeyObject } from 'node:crypto';
import type { Sealed } from './entry.js';
import { KeepwarmError } from './errors.js';
import type { CredentialId } from './id.js';

/** The format byte of the one envelope there is: AES-256-GCM. */
export const FORMAT = 1;
export const NONCE_LENGTH = 12;
export const TAG_LENGTH = 16;

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
  const fields = [
    ...['keepwarm/1', tenant, name].map((text) => Buffer.from(text, 'latin1')),
    ...[version, sealedAt, softExpiresAt, hardExpiresAt].map((number) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64BE(BigInt(number));
      return field;
    }),
  ];
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

function tampered({ tenant, name }: CredentialId): KeepwarmError {
  return new KeepwarmError('TAMPERED', `the entry of ${tenant} ${name} does not unseal`);
}
