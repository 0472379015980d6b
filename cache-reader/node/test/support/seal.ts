import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { authenticated, FORMAT, NONCE_LENGTH, TAG_LENGTH } from '../../src/envelope.js';
import type { CredentialId } from '../../src/id.js';

export interface Life {
  readonly version: number;
  readonly sealedAt: number;
  readonly softExpiresAt: number;
  readonly hardExpiresAt: number;
}

/** The envelope of a plaintext, as the decryptor makes it. */
export function seal(
  key: KeyObject,
  id: CredentialId,
  life: Life,
  plaintext: Uint8Array,
  nonce: Uint8Array = randomBytes(NONCE_LENGTH),
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(authenticated(id, life));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, ciphertext, cipher.getAuthTag()]);
}

export function dataKey(): KeyObject {
  return createSecretKey(randomBytes(32));
}
