// BatchGetItem of the entry and the freshness record that vouches for it; otherwise as keepwarm.mjs.
import { readTenant } from '../reader.mjs';

readTenant('vouched');
