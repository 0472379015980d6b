// With Keepwarm: the credentials are decrypted before they are needed.

import { CredentialRejected, createReader } from '@keepwarm/reader';
import { deposits, Refused } from './deposits.js';

const reader = createReader();

export const handler = deposits((tenant, name, use) =>
  reader.withCredential({ tenant, name }, async (credential) => {
    try {
      return await use(credential.text());
    } catch (error) {
      // The reader fetches the credential again, bypassing all caches, and runs this once more.
      throw error instanceof Refused ? new CredentialRejected() : error;
    }
  }),
);
