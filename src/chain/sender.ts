import { MsgExec, MsgExecResponse } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { TxMsgData } from 'cosmjs-types/cosmos/base/abci/v1beta1/abci';
import { AssayError, hasCode } from '../errors.js';
import { sleep } from '../shutdown.js';
import type { ChainClient } from './client.js';
import { chainError } from './errors.js';
import { decodeEvents, type AssayEvent } from './events.js';
import type { Key } from './keys.js';
import { messageRegistry, type Message, type MessageCodec } from './registry.js';
import { signTx, uniqueNanos, type SignedTx } from './tx.js';

/** Options of one send. */
export interface SendOptions {
  /** Units of gas. Absent: simulated, times the margin. Must be given where simulating would judge a proof. */
  readonly gas?: number;
  /** Called with each signed transaction before it is broadcast, for journals. */
  readonly onSigned?: (tx: SignedTx) => void | Promise<void>;
  readonly signal?: AbortSignal;
  readonly memo?: string;
}

/** A transaction in a block. */
export interface Sent {
  readonly height: number;
  /** upper-case hexadecimal hash */
  readonly hash: string;
  readonly gasUsed: bigint;
  readonly events: readonly AssayEvent[];
  /** responses of the messages in order; those inside MsgExec when sent for a principal */
  readonly responses: readonly Uint8Array[];
}

/** Who acts, and with which key. */
export interface SenderOptions {
  /** The key that signs. */
  readonly key: Key;
  /**
   * The account that acts, when it is not the key's own: messages travel in MsgExec under its authz grants, and it pays
   * the fee by its allowance.
   */
  readonly principal?: string;
  /** Transactions are unordered unless this is set; then one is sent after the other. */
  readonly ordered?: boolean;
  /** Multiplies simulated gas. Default 1.4: state moves between simulation and block. */
  readonly gasMargin?: number;
  /** Milliseconds an unordered transaction may wait for a block. Default 60,000; the chain allows 10 minutes. */
  readonly ttlMs?: number;
}

/** Sends messages of one account and waits for their block. Safe to use from many jobs at once. */
export class Sender {
  /** The account that acts; messages must name it as their signer. */
  readonly address: string;
  readonly client: ChainClient;
  readonly #options: SenderOptions;
  #accountNumber: bigint | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(client: ChainClient, options: SenderOptions) {
    this.client = client;
    this.#options = options;
    this.address = options.principal ?? options.key.address;
  }

  /**
   * Signs, broadcasts and waits until the transaction stands in a block.
   *
   * Retries what cannot have taken effect: the same bytes after a network failure, more gas after running out of it, a new
   * sequence after a wrong one, a new transaction after the old one expired unseen.
   *
   * @throws AssayError from the chain (see `chainError`), CHAIN_UNREACHABLE, CHAIN_TX_LOST (retry: unknown whether it took effect)
   */
  async send(messages: readonly Message[], options: SendOptions = {}): Promise<Sent> {
    if (!this.#options.ordered) return this.#attempts(messages, options);
    const turn = this.#queue.then(() => this.#attempts(messages, options));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Sends one message and decodes its response. */
  async call<T>(msg: Message, response: MessageCodec<T>, options: SendOptions = {}): Promise<Sent & { response: T }> {
    const sent = await this.send([msg], options);
    return { ...sent, response: response.decode(sent.responses[0] ?? new Uint8Array()) };
  }

  async #attempts(messages: readonly Message[], options: SendOptions): Promise<Sent> {
    let gas = options.gas ?? (await this.simulate(messages));
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(messages, gas, options);
      } catch (error) {
        if (attempt >= 4 || options.signal?.aborted) throw error;
        if (hasCode(error, 'CHAIN_OUT_OF_GAS')) gas = Math.ceil(gas * 1.6);
        else if (!hasCode(error, 'CHAIN_WRONG_SEQUENCE') && !hasCode(error, 'CHAIN_TX_EXPIRED') && !hasCode(error, 'CHAIN_MEMPOOL_FULL')) throw error;
        await sleep(this.client.pollMs, options.signal);
      }
    }
  }

  async #once(messages: readonly Message[], gas: number, options: SendOptions): Promise<Sent> {
    const tx = await this.#sign(messages, gas, options);
    await options.onSigned?.(tx);
    await this.#broadcast(tx);
    return this.#wait(tx, options.signal);
  }

  async #sign(messages: readonly Message[], gas: number, options: SendOptions): Promise<SignedTx> {
    const { key, principal, ordered } = this.#options;
    const { amount, denom } = this.client.gasPrice;
    const account = ordered || this.#accountNumber === undefined ? await this.client.account(key.address) : undefined;
    this.#accountNumber = account?.accountNumber ?? this.#accountNumber;
    return signTx({
      chainId: this.client.chainId,
      key,
      accountNumber: this.#accountNumber!,
      messages: this.#wrap(messages),
      gas,
      fee: { amount: Math.ceil(amount * gas).toString(), denom },
      ...(principal ? { granter: principal } : {}),
      ...(options.memo ? { memo: options.memo } : {}),
      ...(ordered ? { sequence: account!.sequence } : { expires: { ms: await this.#expiry(), nanos: uniqueNanos() } }),
    });
  }

  // The chain compares with its own clock; a machine that is behind must not sign what has expired already.
  async #expiry(): Promise<number> {
    const { timeMs } = await this.client.head();
    return Math.max(timeMs, Math.min(Date.now(), timeMs + 300_000)) + (this.#options.ttlMs ?? 60_000);
  }

  #wrap(messages: readonly Message[]): readonly Message[] {
    if (this.#options.principal === undefined) return messages;
    const msgs = messages.map((m) => messageRegistry.encodeAsAny(m));
    return [{ typeUrl: MsgExec.typeUrl, value: MsgExec.fromPartial({ grantee: this.#options.key.address, msgs }) }];
  }

  async #broadcast(tx: SignedTx): Promise<void> {
    try {
      const r = await this.client.comet.broadcastTxSync({ tx: tx.bytes });
      if (r.code !== 0) {
        const error = chainError({ codespace: r.codespace ?? '', code: r.code, log: r.log ?? '', action: 'the transaction' });
        if (error.code !== 'CHAIN_TX_IN_MEMPOOL') throw error;
      }
    } catch (error) {
      // The node has these very bytes: as good as accepted.
      if (error instanceof AssayError && error.code === 'CHAIN_RPC' && error.message.includes('already exists in cache')) return;
      throw error;
    }
  }

  async #wait(tx: SignedTx, signal?: AbortSignal): Promise<Sent> {
    const started = Date.now();
    for (;;) {
      const found = await this.find(tx.hash);
      if (found) return found;
      const head = await this.client.head();
      // Past its expiry by block time and still not found: it can never take effect. One more look, for the last block's index.
      if (tx.expiresMs !== undefined && head.timeMs > tx.expiresMs + 2_000) {
        const late = await this.find(tx.hash);
        if (late) return late;
        throw new AssayError('CHAIN_TX_EXPIRED', 'the transaction expired before a block took it', { decision: 'retry', facts: { hash: hex(tx.hash) } });
      }
      if (tx.expiresMs === undefined && Date.now() - started > 90_000)
        throw new AssayError('CHAIN_TX_LOST', 'the transaction was accepted and no block took it in 90 s', { decision: 'retry', facts: { hash: hex(tx.hash) } });
      await sleep(this.client.pollMs, signal);
    }
  }

  /**
   * Looks a transaction up by its hash; undefined while no block holds it.
   *
   * @throws AssayError from the chain when it stands in a block and failed
   */
  async find(hash: Uint8Array): Promise<Sent | undefined> {
    const found = await this.client.comet.tx({ hash }).catch((error: unknown) => {
      if (error instanceof AssayError && error.code === 'CHAIN_RPC' && error.message.includes('not found')) return undefined;
      throw error;
    });
    if (!found) return undefined;
    const { code, codespace, log, data, events, gasUsed } = found.result;
    if (code !== 0)
      throw chainError({ codespace: codespace ?? '', code, log: log ?? '', facts: { hash: hex(hash), height: found.height, gas_used: gasUsed } });
    const outer = TxMsgData.decode(data ?? new Uint8Array()).msgResponses.map((m) => m.value);
    const responses = this.#options.principal === undefined ? outer : outer.flatMap((value) => MsgExecResponse.decode(value).results);
    return { height: found.height, hash: hex(hash), gasUsed, events: decodeEvents(events), responses };
  }

  /**
   * Gas that the messages would use now, times the margin. Runs them in the node's query thread: never for a proof.
   *
   * @throws AssayError from the chain: what the messages would fail with
   */
  async simulate(messages: readonly Message[]): Promise<number> {
    const tx = await this.#sign(messages, 0, {});
    // Not the gRPC service: that one loses codespace and code of what the messages failed with.
    const { code, codespace, log, value } = await this.client.comet.abciQuery({ path: '/app/simulate', data: tx.bytes, prove: false });
    if (code) throw chainError({ codespace, code, log: log ?? '', action: 'the simulated transaction' });
    const { gas_info: gas } = JSON.parse(Buffer.from(value).toString('utf8')) as { gas_info?: { gas_used?: string } };
    const used = Number(gas?.gas_used ?? 0);
    return Math.ceil(used * (this.#options.gasMargin ?? 1.4)) + 20_000;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
