// The tests of mutation testing, in one process. The first failing test kills a mutant, so the
// contract's tests run first, because they are the fastest. The test of memory is left out: it
// takes as long as all others.
import './contract.test.js';
import './entry.test.js';
import './near.test.js';
import './getall.test.js';
import './rejections.test.js';
import './keychange.test.js';
import './freeze.test.js';
import './reader.test.js';
import './skew.test.js';
