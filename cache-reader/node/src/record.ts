import { createPublicKey, verify } from 'node:crypto';
import { ID_LENGTH, KEY_LENGTH, timeAt } from './vouching.js';

/**
 * The decryptor signs this record of one slot after it has compared the slot's tenants with the
 * source. It names the tenants whose sealed state still matches the source. None of it counts
 * unless `isSignedBy` holds.
 */
export interface FreshnessRecord {
  /** A time before the first comparison, in ms since the epoch. */
  readonly checkedAt: number;
  /** The time until which it vouches. */
  readonly freshUntil: number;
  readonly bytes: Buffer;
  /** Whether it has a signature of that key, valid or not. */
  namesSigner(key: Buffer): boolean;
  /** Whether that key's signature is valid; verified once. */
  isSignedBy(key: Buffer): boolean;
  /** Whether it vouches for that id. */
  names(id: Buffer): boolean;
  /** Since when no reader has reported the tenant as used, if readers are to report it. */
  probe(id: Buffer): number | undefined;
}

const FORMAT = 1;
const LABEL = Buffer.from('keepwarm/fresh/1');
const HEAD = 1 + 4 + 8 + 8 + 4;
const MOST_IDS = 16_384;
const MOST_SIGNATURES = 4;
const SIGNATURE_LENGTH = 64;
const SIGNED = KEY_LENGTH + SIGNATURE_LENGTH;

/** The DER bytes that precede the 32 bytes of an Ed25519 public key. */
const DER = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Reads a record.
 *
 * @param slot the requested slot
 * @returns undefined if it has another format, null if it is malformed or belongs to another slot
 */
export function recordOf(bytes: Buffer, slot: number): FreshnessRecord | undefined | null {
  if (bytes.length > 0 && bytes[0] !== FORMAT) {
    return undefined;
  }
  if (bytes.length < HEAD || bytes.readInt32BE(1) !== slot) {
    return null;
  }
  const checkedAt = timeAt(bytes, 5);
  const freshUntil = timeAt(bytes, 13);
  if (checkedAt === undefined || freshUntil === undefined || freshUntil <= checkedAt) {
    return null;
  }
  const count = bytes.readUInt32BE(21);
  const idsEnd = HEAD + count * ID_LENGTH;
  if (count > MOST_IDS || bytes.length < idsEnd + 4) {
    return null;
  }
  const idAt = (index: number) =>
    bytes.subarray(HEAD + index * ID_LENGTH, HEAD + (index + 1) * ID_LENGTH);
  for (let i = 1; i < count; i++) {
    if (idAt(i - 1).compare(idAt(i)) >= 0) {
      return null;
    }
  }
  const probes = new Map<number, number>();
  const probeCount = bytes.readUInt32BE(idsEnd);
  const end = idsEnd + 4 + probeCount * 12;
  if (probeCount > count || bytes.length < end + 1) {
    return null;
  }
  let last = -1;
  for (let at = idsEnd + 4; at < end; at += 12) {
    const index = bytes.readUInt32BE(at);
    const since = timeAt(bytes, at + 4);
    if (index <= last || index >= count || since === undefined) {
      return null;
    }
    probes.set(index, since);
    last = index;
  }
  const signers = bytes[end] as number;
  if (signers < 1 || signers > MOST_SIGNATURES || bytes.length !== end + 1 + signers * SIGNED) {
    return null;
  }
  /** By the signer, in hexadecimal. */
  const signatures = new Map<string, Buffer>();
  for (let at = end + 1; at < bytes.length; at += SIGNED) {
    const signer = bytes.toString('hex', at, at + KEY_LENGTH);
    signatures.set(signer, bytes.subarray(at + KEY_LENGTH, at + SIGNED));
  }
  if (signatures.size !== signers) {
    return null;
  }

  const verified = new Map<string, boolean>();
  const indexOf = (id: Buffer): number => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (idAt(middle).compare(id) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < count && idAt(low).equals(id) ? low : -1;
  };
  return {
    checkedAt,
    freshUntil,
    bytes,
    namesSigner: (key) => signatures.has(key.toString('hex')),
    isSignedBy: (key) => {
      const signer = key.toString('hex');
      const signature = signatures.get(signer);
      let holds = verified.get(signer);
      if (holds === undefined) {
        holds = signature !== undefined && verifies(key, bytes.subarray(0, end), signature);
        verified.set(signer, holds);
      }
      return holds;
    },
    names: (id) => indexOf(id) >= 0,
    probe: (id) => probes.get(indexOf(id)),
  };
}

function verifies(key: Buffer, body: Buffer, signature: Buffer): boolean {
  try {
    const der = Buffer.concat([DER, key]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, Buffer.concat([LABEL, body]), publicKey, signature);
  } catch {
    return false;
  }
}
