// Asking for work: publish what is to be run, submit a job, follow it, fetch and check what came out.
export { checkChained } from './chained.js';
export { entryProof, manifestOf, type Manifest, type ManifestFile } from './manifest.js';
export { fetchOutputs, fetchProgram } from './outputs.js';
export { convictingProof } from './proof-file.js';
export { publishManifest, publishProgram, toleranceToWire, type ProgramPublication, type PublicationOptions, type Published } from './publish.js';
export { paymentsOf, priceOf, submitJob, waitForJob, type JobRequest, type SubmittedJob } from './submit.js';
