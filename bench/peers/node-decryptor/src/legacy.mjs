// The .NET helper's cipher: AES-256-CBC of UTF-16, key and IV from one Rfc2898DeriveBytes (PBKDF2
// with HMAC-SHA1), in base64.

import { createDecipheriv, pbkdf2Sync } from 'node:crypto';

/** A function that decrypts a stored value; the key is derived once. */
export function legacyCipher(passphrase, salt, iterations) {
  const bytes = pbkdf2Sync(passphrase, salt, iterations, 48, 'sha1');
  const key = bytes.subarray(0, 32);
  const iv = bytes.subarray(32);
  return (ciphertext) => {
    const decipher = createDecipheriv('aes-256-cbc', key, iv);
    const plaintext = Buffer.concat([decipher.update(ciphertext, 'base64'), decipher.final()]);
    return plaintext.toString('utf16le');
  };
}
