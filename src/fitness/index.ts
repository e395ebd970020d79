// Whether this machine may work: samples of every operator, run as jobs are run, checked before a bond stands on a result.
export { readCertificates, type Certificates } from './certificates.js';
export { checkOperators, unfitFor, type CheckOptions, type Finding } from './check.js';
export { Fitness, type FitnessOptions } from './fitness.js';
export { isKnown } from './known.js';
export { NOT_RUN, SAMPLERS } from './samples.js';
