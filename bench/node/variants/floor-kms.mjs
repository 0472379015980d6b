// The floor of a first read: GetItem of the entry, KMS Decrypt of its data key, and AES-GCM. It handles no errors.
import { createDecipheriv } from 'node:crypto';
import { byHand, entry } from '../by-hand.mjs';
import { run } from '../harness.mjs';

const decrypt = byHand(
  process.env.AWS_ENDPOINT_URL_KMS,
  'kms',
  'TrentService.Decrypt',
  'application/x-amz-json-1.1',
);

const read = async () => {
  const { sealed, dataKey } = await entry();
  const { Plaintext } = await decrypt({
    CiphertextBlob: dataKey.B,
    EncryptionContext: { keepwarm: '1', tenant: 'bench' },
  });
  const envelope = Buffer.from(sealed.B, 'base64');
  const key = Buffer.from(Plaintext, 'base64');
  // Without the check of the tag, which needs what is authenticated besides.
  const plaintext = createDecipheriv('aes-256-gcm', key, envelope.subarray(1, 13)).update(
    envelope.subarray(13, -16),
  );
  return plaintext.toString();
};

run({ read });
