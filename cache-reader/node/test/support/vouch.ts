import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { authenticatedOf, NONCE_LENGTH, TAG_LENGTH } from '../../src/envelope.js';
import type { CredentialId } from '../../src/id.js';
import type { Life } from './seal.js';

/** A signer of freshness records. */
export interface Signer {
  readonly key: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

/** @param seed 32 bytes */
export function newSigner(seed: Uint8Array = randomBytes(32)): Signer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { key, publicKey: spki.subarray(spki.length - 32) };
}

/** An id that is the same for the same label. */
export function vouchId(label: string): Buffer {
  return createHash('sha256').update(label).digest().subarray(0, 12);
}

/** The authenticated part of the vouching data. */
export function vouchingHead(
  sealedUntil: number,
  slot: number,
  id: Buffer,
  publicKey: Buffer,
): Buffer {
  const numbers = Buffer.alloc(13);
  numbers[0] = 2;
  numbers.writeBigUInt64BE(BigInt(sealedUntil), 1);
  numbers.writeUInt32BE(slot, 9);
  return Buffer.concat([numbers, id, publicKey]);
}

/** The attribute `vouching` of an entry. */
export function vouchable(
  key: KeyObject,
  id: CredentialId,
  sealed: Life & { readonly envelope: Buffer },
  head: Buffer,
  nonce: Uint8Array = randomBytes(NONCE_LENGTH),
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(authenticatedOf(id, sealed, head));
  cipher.final();
  return Buffer.concat([head, nonce, cipher.getAuthTag()]);
}

/**
 * A freshness record, as the decryptor makes it.
 *
 * @param named ids in hexadecimal, with their probes
 */
export function signRecord(
  slot: number,
  checkedAt: number,
  freshUntil: number,
  named: ReadonlyMap<string, number | undefined>,
  signers: readonly Signer[],
): Buffer {
  const ids = [...named.keys()].sort();
  const probes = ids.flatMap((id, index) => {
    const since = named.get(id);
    return since === undefined ? [] : [Buffer.concat([uint32(index), uint64(since)])];
  });
  const body = Buffer.concat([
    Buffer.of(1),
    uint32(slot),
    uint64(checkedAt),
    uint64(freshUntil),
    uint32(ids.length),
    ...ids.map((id) => Buffer.from(id, 'hex')),
    uint32(probes.length),
    ...probes,
  ]);
  const message = Buffer.concat([Buffer.from('keepwarm/fresh/1'), body]);
  const signatures = signers.flatMap(({ key, publicKey }) => [publicKey, sign(null, message, key)]);
  return Buffer.concat([body, Buffer.of(signers.length), ...signatures]);
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

function uint64(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}
