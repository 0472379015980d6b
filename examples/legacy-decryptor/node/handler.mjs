// A decryptor that a team may have today: a function that decodes one stored value per call, with the key in
// its environment. LEGACY_KEYS is JSON: {"<key name>": {"passphrase": "...", "saltHex": "..."}}.

import { createDecipheriv, pbkdf2Sync } from 'node:crypto';

const keys = JSON.parse(process.env.LEGACY_KEYS ?? '{}');

export class DecodeError extends Error {
  name = 'DecodeError';
}

/**
 * Decodes a value that a .NET helper stored: AES-256-CBC, key and IV from one Rfc2898DeriveBytes (SHA-1,
 * 1,000 iterations), the text in UTF-16.
 *
 * @param {{ Key: string, Encrypted: string }} event
 * @returns {Promise<{ Plaintext: string }>}
 */
export async function handler(event) {
  const key = Object.hasOwn(keys, event.Key) ? keys[event.Key] : undefined;
  if (key === undefined) {
    throw new TypeError('no such key');
  }
  // As slow as real legacy code, which derives the key again for every call.
  const bytes = pbkdf2Sync(key.passphrase, Buffer.from(key.saltHex, 'hex'), 1000, 48, 'sha1');
  try {
    const cipher = createDecipheriv('aes-256-cbc', bytes.subarray(0, 32), bytes.subarray(32));
    const plaintext = Buffer.concat([
      cipher.update(Buffer.from(event.Encrypted, 'base64')),
      cipher.final(),
    ]);
    return { Plaintext: plaintext.toString('utf16le') };
  } catch {
    throw new DecodeError('the value does not decode');
  }
}
