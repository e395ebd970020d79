// The process in which models are parsed and run. It holds no keys and no connection but the one to its parent; when it
// crashes, the parent gets a typed error and starts another one.
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { loadEngine, useNativeModule, type Engine } from './engine.js';
import { OnnxError, refuse, type OnnxErrorCode } from './errors.js';
import type { CallName, Calls, Request, Response } from './messages.js';
import { pack, unpack } from './parcel.js';
import { prepareHere } from './prepare/prepare.js';
import { decodeProgram } from './record.js';
import { rowMajorWeights } from './regenerate.js';
import { packTensors, unpackTensors } from './tensor-parcel.js';
import { buildTrace, runSegment, traceRoots } from './tracer.js';

const scratch = process.argv[2] ?? refuse('RUNTIME_FAILED', 'the child needs a scratch directory');
const nativeModule = process.argv[3];
if (nativeModule !== undefined) useNativeModule(nativeModule);
const engines = new Map<number, Engine>();

type Handlers = { [K in CallName]: (args: Calls[K]['args']) => Promise<Calls[K]['reply']> };

const handlers: Handlers = {
  async load({ id, path, options }) {
    engines.set(id, await loadEngine(new Uint8Array(await readFile(path)), options));
    return null;
  },
  async run({ id, feeds }) {
    const engine = engines.get(id) ?? refuse('RUNTIME_FAILED', `no model ${id} is loaded`);
    return packTensors(scratch, await engine.run(await unpackTensors(feeds)));
  },
  async release({ id }) {
    await engines.get(id)?.release();
    engines.delete(id);
    return null;
  },
  async trace({ record, weights, inputs, dir, outputs, engine, segmentBytes }) {
    const request = {
      program: decodeProgram(record),
      weights: await unpack(weights),
      inputs: [...(await unpackTensors(inputs)).values()],
      engine,
      ...(segmentBytes !== undefined && { segmentBytes }),
    };
    if (dir === undefined) return { input: [], weight: [], value: await traceRoots(request), output: [] };
    const committed = outputs === undefined ? {} : { outputs: [...(await unpackTensors(outputs)).values()] };
    const roots = await buildTrace({ ...request, dir, ...committed });
    return { input: [...roots.input], weight: [...roots.weight], value: [...roots.value], output: [...roots.output] };
  },
  async segment({ record, weights, inputs, known, from, to, engine }) {
    const program = decodeProgram(record);
    const rowMajor = rowMajorWeights(program, await unpack(weights));
    const before = new Map([...(await unpackTensors(known))].map(([name, t]) => [Number(name), t]));
    const out = await runSegment(program, rowMajor, [...(await unpackTensors(inputs)).values()], before, from, to, engine);
    return packTensors(scratch, new Map([...out].map(([v, t]) => [String(v), t])));
  },
  async prepare({ model, options }) {
    const { weights, ...parts } = await prepareHere((await unpack(model))[0] ?? new Uint8Array(0), options);
    return { parts, weights: await pack(scratch, weights) };
  },
};

function dispatch(request: Request): Promise<unknown> {
  // One line for each call: the compiler then knows that arguments and handler belong together.
  switch (request.call) {
    case 'load':
      return handlers.load(request.args);
    case 'run':
      return handlers.run(request.args);
    case 'release':
      return handlers.release(request.args);
    case 'trace':
      return handlers.trace(request.args);
    case 'segment':
      return handlers.segment(request.args);
    case 'prepare':
      return handlers.prepare(request.args);
  }
}

function failure(error: unknown): { code: OnnxErrorCode; message: string; hint?: string } {
  if (error instanceof OnnxError) return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
  // A RangeError is a stack or a buffer that a hostile file blew up.
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'RUNTIME_FAILED', message: message.slice(0, 500) };
}

process.on('message', (message) => {
  const request = message as Request; // only our parent holds the other end
  const answer = (response: Response): void => void process.send?.(response);
  dispatch(request).then(
    (reply) => answer({ seq: request.seq, ok: true, reply }),
    (error: unknown) => answer({ seq: request.seq, ok: false, ...failure(error) }),
  );
});
/** The parent is gone, perhaps without a chance to clean up. */
function leave(): void {
  rmSync(scratch, { recursive: true, force: true });
  process.exit(0);
}

process.on('disconnect', leave);
if (!process.connected) leave(); // it went while this module was loading
