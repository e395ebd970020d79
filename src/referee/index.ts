// The chain's referee, offline: the `assayd` binary as a function.
export { createReferee, type Accusation, type Judgement, type Reading, type Referee, type Scan } from './referee.js';
