import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { AssayError } from '../errors.js';
import { chainKeys, describeConfig, loadConfig, required, sidecarKeys, workerKeys } from './index.js';

const schema = { ...chainKeys, ...workerKeys, ...sidecarKeys };
const file = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'assay-config-')), 'assay.toml');
  writeFileSync(path, content);
  return path;
};
const fails = (sources: Parameters<typeof loadConfig>[1], code: string, text: RegExp): void => {
  assert.throws(
    () => loadConfig(schema, { env: {}, ...sources }),
    (e) => e instanceof AssayError && e.code === code && text.test(`${e.message} ${e.hint ?? ''}`),
  );
};

test('flags win over the environment, the environment over the file, the file over defaults', () => {
  const path = file('[chain]\nid = "file"\nrpc = ["http://a", "http://b"]\n[worker]\nmin_fee = 5\nmax_jobs = 3\noptimised = true\n');
  const c = loadConfig(schema, { file: path, env: { ASSAY_CHAIN_ID: 'env', ASSAY_WORKER_MAX_JOBS: '7', PATH: 'x' }, flags: { 'chain.id': 'flag' } });
  assert.equal(c['chain.id'], 'flag');
  assert.equal(c['worker.max_jobs'], 7);
  assert.deepEqual(c['chain.rpc'], ['http://a', 'http://b']);
  assert.equal(c['worker.min_fee'], 5n);
  assert.equal(c['worker.optimised'], true);
  assert.equal(c['sidecar.mode'], 'challenge');
  assert.deepEqual(loadConfig(schema, { env: { ASSAY_CHAIN_RPC: 'http://x, http://y' } })['chain.rpc'], ['http://x', 'http://y']);
});

test('an unknown key is an error, with the one that was meant', () => {
  fails({ file: file('[chain]\nidd = "x"\n') }, 'CONFIG_UNKNOWN_KEY', /Did you mean chain\.id/);
  fails({ env: { ASSAY_WORKER_MAXJOBS: '1' } }, 'CONFIG_UNKNOWN_KEY', /Did you mean worker\.max_jobs/);
  fails({ flags: { 'no.such': '1' } }, 'CONFIG_UNKNOWN_KEY', /no\.such/);
  loadConfig(schema, { env: { ASSAY_LOG: 'debug', ASSAY_DEVNET: '.demo', ASSAY_INDEXER_X: '1' } });
});

test('a value of the wrong kind says what was expected and where', () => {
  fails({ file: file('[worker]\nmax_jobs = "many"\n') }, 'CONFIG_INVALID', /worker\.max_jobs: expected an integer/);
  fails({ file: file('[worker]\nmax_jobs = 0\n') }, 'CONFIG_INVALID', /from 1 to 10000, found 0/);
  fails({ env: { ASSAY_WORKER_MIN_FEE: '-1' } }, 'CONFIG_INVALID', /amount of digits/);
  fails({ env: { ASSAY_SIDECAR_MODE: 'vote' } }, 'CONFIG_INVALID', /watch, attest, challenge/);
  fails({ file: file('[chain]\nrpc = "http://a"\n') }, 'CONFIG_INVALID', /list of texts/);
  fails({ file: file('= broken') }, 'CONFIG_INVALID', /not TOML/);
  fails({ file: '/nowhere/assay.toml' }, 'CONFIG_UNREADABLE', /cannot be read/);
  assert.throws(() => required('chain.id', ''), (e) => e instanceof AssayError && e.code === 'CONFIG_MISSING' && /ASSAY_CHAIN_ID/.test(e.hint ?? ''));
});

test('the printed configuration is TOML that loads to the defaults', () => {
  const printed = describeConfig(schema);
  parse(printed);
  assert.deepEqual(loadConfig(schema, { file: file(printed), env: {} }), loadConfig(schema, { env: {} }));
  assert.match(printed, /# Chain id; every node must belong to it\. \(ASSAY_CHAIN_ID\)/);
});
