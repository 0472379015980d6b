// The way the originals were stored before Keepwarm: by a .NET helper with one passphrase.

import { createCipheriv, pbkdf2Sync } from 'node:crypto';

/** The helper's settings as a profile of the scheme `dotnet`; docs/profiles.md has the fields. */
export const PARAMETERS = {
  cipher: 'AES',
  mode: 'CBC',
  padding: 'PKCS7',
  keySizeBits: 256,
  blockSizeBits: 128,
  keySource: 'Rfc2898DeriveBytes',
  kdfHash: 'SHA1',
  iterations: 1000,
  saltHex: '4976616e204d65647665646576',
  getBytes: [32, 16],
  passphraseEncoding: 'utf-8',
  ivSource: 'kdf-next-bytes',
  layout: 'ciphertext',
  plaintextEncoding: 'utf-16le',
  ciphertextEncoding: 'base64',
};

/** Encrypts a value as the helper did. */
export function encrypted(passphrase, text) {
  const salt = Buffer.from(PARAMETERS.saltHex, 'hex');
  const bytes = pbkdf2Sync(passphrase, salt, PARAMETERS.iterations, 48, 'sha1');
  const cipher = createCipheriv('aes-256-cbc', bytes.subarray(0, 32), bytes.subarray(32));
  return Buffer.concat([cipher.update(text, 'utf16le'), cipher.final()]).toString('base64');
}
