// What mutation testing runs, in one process: a mutant is killed by the first test that fails, and
// those of the contract are the fastest. That of memory is left out: it takes as long as all others.
import './contract.test.js';
import './entry.test.js';
import './near.test.js';
import './getall.test.js';
import './rejections.test.js';
import './keychange.test.js';
import './freeze.test.js';
import './reader.test.js';
import './skew.test.js';
