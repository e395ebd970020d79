import { amount, choice, flag, integer, text, texts } from './schema.js';

// The keys that daemons and the command line share, one table a concern. Each daemon's schema is made of these.

/** Where the chain is. */
export const chainKeys = {
  'chain.id': text('', 'Chain id; every node must belong to it.'),
  'chain.rpc': texts(['http://127.0.0.1:26657'], 'CometBFT RPC endpoints, the first preferred.'),
  'chain.rest': text('http://127.0.0.1:1317', 'REST gateway, for dry runs of proofs.'),
  'chain.gas_price': text('0uassay', 'Price of a unit of gas.'),
  'chain.prefix': text('assay', 'Human-readable part of addresses.', /^[a-z]{1,20}$/),
  'chain.poll_ms': integer(250, 'Milliseconds between looks for a new block.', { min: 10, max: 60_000 }),
} as const;

/** The key that signs. */
export const keyKeys = {
  'key.file': text('', 'File with the key (a mnemonic or 64 hexadecimal digits), readable by its owner alone.'),
} as const;

/** Bytes: where they are kept and how they are fetched. */
export const blobKeys = {
  'blobs.dir': text('', 'Directory of content-addressed bytes; default: blobs in the data directory.'),
  'blobs.allow_private': flag(false, 'Follow addresses of one’s own machine and network. For local networks only.'),
  'blobs.idle_ms': integer(10_000, 'Milliseconds without a byte after which a download is given up.', { min: 100 }),
} as const;

/** How models run. */
export const runtimeKeys = {
  'runtime.backend': choice('ort-node', ['ort-node', 'ort-wasm'], 'Runtime of models.'),
  'runtime.threads': integer(1, 'Threads of one run; bits depend on it.', { min: 1, max: 256 }),
  'runtime.memory_mib': integer(6144, 'Memory of the child process that runs models, in MiB.', { min: 128 }),
  'runtime.timeout_ms': integer(120_000, 'Milliseconds that one run or trace may take, beside a second for each 200 million multiply-adds and each 10 MB of trace, an hour of these at most.', { min: 1000 }),
} as const;

/** What a running daemon says of itself. */
export const metricsKeys = {
  'metrics.host': text('127.0.0.1', 'Address of /metrics, /healthz and /readyz; loopback unless you mean otherwise.'),
  'metrics.port': integer(0, 'Their port; 0 lets the system choose.', { max: 65_535 }),
} as const;

/** The worker's own keys. */
export const workerKeys = {
  'worker.dir': text('worker-data', 'Data directory: journal, blobs, traces.'),
  'worker.host': text('127.0.0.1', 'Address on which blobs are served.'),
  'worker.port': integer(0, 'Port on which blobs are served; 0 lets the system choose.', { max: 65_535 }),
  'worker.endpoint': text('', 'URL under which others reach that port, as registered on chain; default: the address itself.'),
  'worker.owner': text('', 'Declared owner: an account address, often a validator’s; related parties are not drawn.'),
  'worker.artifacts': texts([], 'Ids or digests (hex) of artifacts that are served; empty: any.'),
  'worker.min_fee': amount(0n, 'Least fee of a job that is claimed.'),
  'worker.max_jobs': integer(4, 'Jobs claimed at once.', { min: 1, max: 10_000 }),
  'worker.max_bond': amount(10n ** 30n, 'Bond that one claim may lock.'),
  'worker.profile': text('ieee-fp32', 'Profile of jobs that are claimed: ieee-fp32 on any machine; ort-wasm and ort-x64-avx512 have narrower bounds and want that runtime.'),
  'worker.assayd': text('', 'The assayd binary. With it the referee judges each operator of a model on this machine before the model’s first job is claimed; without it only products of bytes are checked.'),
  'worker.optimised': flag(false, 'Serve programs that give only floats with the runtime’s optimiser on; traces are never optimised.'),
} as const;

/** The sidecar's own keys. */
export const sidecarKeys = {
  'sidecar.dir': text('sidecar-data', 'Data directory: journal, blobs, traces.'),
  'sidecar.operator': text('', 'Account address of the validator’s operator; its key is never here.'),
  'sidecar.mode': choice('challenge', ['watch', 'attest', 'challenge'], 'watch: only look and report. attest: verdicts where nothing is wrong. challenge: everything.'),
  'sidecar.beacon': texts([], 'Sources of randomness, as drand relays serve it; empty: rounds are not relayed.'),
  'sidecar.max_jobs': integer(2, 'Duties worked on at once; one more while a job is under suspicion.', { min: 1, max: 64 }),
  'sidecar.assayd': text('assayd', 'The assayd binary, for the referee.'),
} as const;
