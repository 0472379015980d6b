// As keepwarm.mjs, and once GetItem of the freshness record that vouches for the entry.
import { readTenant } from '../reader.mjs';

readTenant('vouched');
