// GetItem, and once KMS Decrypt; unsealed, checked, redacted.
import { readTenant } from '../reader.mjs';

readTenant('bench');
