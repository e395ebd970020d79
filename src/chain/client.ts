import { Comet38Client } from '@cosmjs/tendermint-rpc';
import { accountFromAny } from '@cosmjs/stargate';
import { AssayError } from '../errors.js';
import { sleep } from '../shutdown.js';
import { decodeEvents, type AssayEvent } from './events.js';
import { createQueries, type Queries } from './queries.js';
import { FailoverRpc } from './rpc.js';

/** Where a chain is and how to talk to it. */
export interface ChainOptions {
  /** CometBFT RPC endpoints, the first preferred. */
  readonly rpc: readonly string[];
  readonly chainId: string;
  /** Price of one unit of gas, for example `0.025uassay`. Default `0uassay`. */
  readonly gasPrice?: string;
  /** Milliseconds between looks for a new block or a sent transaction. Default 250. */
  readonly pollMs?: number;
  readonly timeoutMs?: number;
}

/** The newest block. */
export interface Head {
  readonly height: number;
  /** milliseconds since 1970 of the header */
  readonly timeMs: number;
  readonly catchingUp: boolean;
}

/** Our events of one block, transactions first, then the block's own. Failed transactions have none. */
export interface BlockEvents {
  readonly height: number;
  readonly events: readonly AssayEvent[];
}

/** A connection to one chain: reads, and what signing needs. Every endpoint is checked to belong to the chain. */
export class ChainClient {
  readonly chainId: string;
  readonly gasPrice: { readonly amount: number; readonly denom: string };
  readonly pollMs: number;
  readonly comet: Comet38Client;
  readonly query: Queries;

  private constructor(options: ChainOptions, comet: Comet38Client) {
    this.chainId = options.chainId;
    this.gasPrice = parseGasPrice(options.gasPrice ?? '0uassay');
    this.pollMs = options.pollMs ?? 250;
    this.comet = comet;
    this.query = createQueries(comet);
  }

  /** @throws AssayError CHAIN_UNREACHABLE, CHAIN_WRONG_ID, CONFIG_INVALID */
  static async connect(options: ChainOptions): Promise<ChainClient> {
    // Built explicitly: cosmjs's detection takes newer nodes for 0.37 and silently loses block events.
    const comet = Comet38Client.create(
      new FailoverRpc({ endpoints: options.rpc, chainId: options.chainId, ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}) }),
    );
    const client = new ChainClient(options, comet);
    await client.head();
    return client;
  }

  /** The newest block that the node has. */
  async head(): Promise<Head> {
    const { syncInfo } = await this.comet.status();
    return { height: syncInfo.latestBlockHeight, timeMs: syncInfo.latestBlockTime.getTime(), catchingUp: syncInfo.catchingUp };
  }

  /** State as of a height. Nodes prune: CHAIN_RPC or CHAIN_INVALID_REQUEST when it is gone. */
  at(height: number): Queries {
    return createQueries(this.comet, height);
  }

  /**
   * Our typed events of a block.
   *
   * @throws AssayError EVENT_MALFORMED; CHAIN_NOT_YET (retry) while the node executes the block; CHAIN_RPC when the node no longer has it
   */
  async blockEvents(height: number): Promise<BlockEvents> {
    const { results, finalizeBlockEvents } = await this.comet.blockResults(height).catch(async (error: unknown) => {
      // A node announces a block before its results are there.
      const young = error instanceof AssayError && error.message.includes('could not find results') && height > (await this.head()).height - 3;
      if (young) throw new AssayError('CHAIN_NOT_YET', `block ${height} is not executed yet`, { decision: 'retry', cause: error });
      throw error;
    });
    const raw = [...results.filter((r) => r.code === 0).flatMap((r) => r.events), ...finalizeBlockEvents];
    return { height, events: decodeEvents(raw) };
  }

  /**
   * Account number and sequence.
   *
   * @throws AssayError CHAIN_UNKNOWN_ACCOUNT when nobody ever sent it a coin or granted it an allowance
   */
  async account(address: string): Promise<{ accountNumber: bigint; sequence: bigint }> {
    const missing = new AssayError('CHAIN_UNKNOWN_ACCOUNT', `the account ${address} does not exist on ${this.chainId}`, {
      hint: 'Send it a coin, or grant it a fee allowance.',
    });
    const response = await this.query.auth.Account({ address }).catch((error: unknown) => {
      throw error instanceof AssayError && error.code === 'CHAIN_NOT_FOUND' ? missing : error;
    });
    if (!response.account) throw missing;
    const { accountNumber, sequence } = accountFromAny(response.account);
    return { accountNumber: BigInt(accountNumber), sequence: BigInt(sequence) };
  }

  /** Balance of an account, in the smallest unit. */
  async balance(address: string, denom: string): Promise<bigint> {
    const { balance } = await this.query.bank.Balance({ address, denom });
    return BigInt(balance?.amount ?? '0');
  }

  /** Waits until a height is committed. Rejects when `signal` aborts. */
  async waitForHeight(height: number, signal?: AbortSignal): Promise<Head> {
    for (;;) {
      const head = await this.head();
      if (head.height >= height) return head;
      await sleep(this.pollMs, signal);
    }
  }

  /**
   * Heights as they are committed, from `from` on without a gap, until `signal` aborts. One generator is catch-up and tail;
   * a node that does not answer makes it wait, not end.
   */
  async *heights(from: number, signal: AbortSignal, onError: (error: unknown) => void = () => {}): AsyncGenerator<number> {
    let next = from;
    while (!signal.aborted) {
      let latest = next - 1;
      try {
        latest = (await this.head()).height;
      } catch (error) {
        onError(error);
      }
      for (; next <= latest && !signal.aborted; next++) yield next;
      await sleep(this.pollMs, signal).catch(() => {});
    }
  }

  /** Closes the connection. */
  close(): void {
    this.comet.disconnect();
  }
}

/** Parses `0.025uassay`. @throws AssayError CONFIG_INVALID */
export function parseGasPrice(text: string): { amount: number; denom: string } {
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z][a-zA-Z0-9/:._-]{1,127})$/.exec(text);
  if (!match) throw new AssayError('CONFIG_INVALID', `"${text}" is not a gas price`, { hint: 'Write an amount and a denomination: 0.025uassay.' });
  return { amount: Number(match[1]), denom: match[2]! };
}
