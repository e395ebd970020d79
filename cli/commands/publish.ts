import type { Command } from 'commander';
import { ParentRole } from '../../src/chain/generated/assay/registry/v1/registry.js';
import type { ParentClaim } from '../../src/chain/generated/assay/registry/v1/tx.js';
import { BlobStore } from '../../src/blobs/index.js';
import { AssayError } from '../../src/errors.js';
import { publishProgram } from '../../src/requester/index.js';
import { accountOf, clientSchema, configFor, withChain } from '../client.js';
import { print, type Context, type Register } from '../context.js';
import { readPrepared } from '../prepared-file.js';

interface PublishOptions {
  readonly name: string;
  readonly licence: string;
  readonly store: string;
  readonly uri: readonly string[];
  readonly parent: readonly ParentClaim[];
}

/** `assay publish` */
export const registerPublish: Register = (program, context) => {
  program
    .command('publish <prepared>')
    .description('publish a program that `assay program prepare` wrote; the chain validates the whole record')
    .requiredOption('--name <text>', 'name for people')
    .requiredOption('--licence <spdx>', 'licence of the weights, for example MIT')
    .option('--store <dir>', 'blob store that holds the record', 'blobs')
    .option('--uri <url>', 'where a blob server serves record and weights; repeat for several', collect, [])
    .option('--parent <role:id>', 'artifact that this one came from, for example TRAINED_ON:3; repeat for several', parseParent, [])
    .action((file: string, options: PublishOptions, command: Command) => publish(context, command, file, options));
};

async function publish(context: Context, command: Command, path: string, options: PublishOptions): Promise<void> {
  const prepared = await readPrepared(path);
  const store = await BlobStore.open(options.store);
  const record = await store.program(Buffer.from(prepared.program_root, 'hex'));
  const config = configFor(clientSchema, command);
  const published = await withChain(config, async (chain) => {
    const { sender } = await accountOf(config, chain);
    return publishProgram(sender, {
      name: options.name,
      licence: options.licence,
      uris: options.uri,
      parents: options.parent,
      record,
      weightsRoot: Buffer.from(prepared.weights_root, 'hex'),
      sourceDigest: Buffer.from(prepared.source_digest, 'hex'),
      tolerance: prepared.tolerance,
    });
  });
  print(context, command, published, [
    `artifact ${published.artifactId} published at height ${published.height}, digest ${Buffer.from(published.digest).toString('hex')}`,
  ]);
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

function parseParent(text: string, previous: readonly ParentClaim[]): ParentClaim[] {
  const [role = '', id = ''] = text.split(':');
  const found = Object.entries(ParentRole).find(([name]) => name === `PARENT_ROLE_${role}`)?.[1];
  if (typeof found !== 'number' || found <= 0 || !/^[1-9][0-9]{0,19}$/.test(id)) {
    throw new AssayError('CLI_ARGUMENT', `parent: expected ROLE:ID such as TRAINED_ON:3, found "${text}"`);
  }
  const produced = found === ParentRole.PARENT_ROLE_PRODUCED_BY;
  return [...previous, { role: found, artifactId: produced ? 0n : BigInt(id), jobId: produced ? BigInt(id) : 0n, match: undefined }];
}
