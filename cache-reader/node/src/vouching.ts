/**
 * Which record may vouch for an entry past its hard expiry, and until when: format 2 of the wire
 * format. The envelope authenticates it together with the entry.
 */
export interface Vouching {
  /**
   * From this time on the entry must not be used, even if a record vouches for it. In ms since the
   * epoch.
   */
  readonly sealedUntil: number;
  /** The slot whose record may vouch. */
  readonly slot: number;
  /** How the record names the tenant's sealed state. */
  readonly id: Buffer;
  /** The Ed25519 public key whose signature counts. */
  readonly signer: Buffer;
  /** All fields but the proof, as they are authenticated. */
  readonly head: Buffer;
  /** Nonce and tag. */
  readonly proof: Buffer;
}

const FORMAT = 2;
export const ID_LENGTH = 12;
export const KEY_LENGTH = 32;
const HEAD_LENGTH = 1 + 8 + 4 + ID_LENGTH + KEY_LENGTH;
const LENGTH = HEAD_LENGTH + 12 + 16;

/** Parses the bytes in an item: undefined if they have another format, null if malformed. */
export function vouchingOf(bytes: Buffer): Vouching | undefined | null {
  if (bytes[0] !== FORMAT) {
    return undefined;
  }
  if (bytes.length !== LENGTH) {
    return null;
  }
  const sealedUntil = timeAt(bytes, 1);
  const slot = bytes.readInt32BE(9);
  return sealedUntil === undefined || slot < 0
    ? null
    : {
        sealedUntil,
        slot,
        id: bytes.subarray(13, 13 + ID_LENGTH),
        signer: bytes.subarray(25, HEAD_LENGTH),
        head: bytes.subarray(0, HEAD_LENGTH),
        proof: bytes.subarray(HEAD_LENGTH),
      };
}

/** An integer of 8 bytes; undefined if a JavaScript number does not keep it exactly. */
export function timeAt(bytes: Buffer, at: number): number | undefined {
  const time = Number(bytes.readBigUInt64BE(at));
  return time <= Number.MAX_SAFE_INTEGER ? time : undefined;
}
