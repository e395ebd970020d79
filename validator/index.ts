// The validator's sidecar, and the outsider's pieces: audit and challenge.
export { audit, challenge, type AuditOptions, type AuditReport, type ChallengeOptions, type ChallengeOutcome } from './audit.js';
export { CaseFiles, type CaseFile, type Check, type Finding } from './case-file.js';
export { firstBeyond, type Beyond } from './compare.js';
export { decide, type Action, type Mode, type Situation } from './decide.js';
export { demandChunks, nextRange, producerOf, sizeOf, type TensorName } from './demand.js';
export { Examiner, type ExaminerOptions, type Fault } from './examiner.js';
export { startSidecar, sidecarSchema } from './main.js';
export { Judged } from './judged.js';
export { createReferee, type Accusation, type Judgement, type Referee } from '../src/referee/index.js';
export { fetchRound, relayBeacons, type RelayOptions } from './relay.js';
export { servedTensor } from './served.js';
export { Sidecar, type SidecarOptions } from './sidecar.js';
