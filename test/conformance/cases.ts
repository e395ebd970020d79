import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { canonicalise, DTYPE, type Tensor } from '../../src/onnx/index.js';
import { tensorOfProto, type ModelProto, type NodeProto, type ValueInfoProto } from '../../src/onnx/proto.js';
import { readArchive } from './archive.js';
import { causeOfOperator, Unsupported } from './causes.js';

/** A tensor with its name in the model. */
export interface Named {
  readonly name: string;
  readonly tensor: Tensor;
}

/** One official case; none has more than one data set. */
export interface Case {
  readonly name: string;
  readonly model: ModelProto;
  readonly nodes: readonly NodeProto[];
  /** operators of the model, each once, in order; `domain.Operator` outside the default domain */
  readonly operators: readonly string[];
  /** inputs in the model's order. @throws Unsupported */
  inputs(): Named[];
  /** expected outputs in the model's order, absent ones left out. @throws Unsupported */
  outputs(): Named[];
}

/** All cases, sorted by name. */
export function loadCases(): Case[] {
  const files = readArchive();
  const names = [...files.keys()].filter((path) => path.endsWith('/model.onnx')).map((path) => path.split('/')[1]!);
  return names.sort().map((name) => loadCase(name, (file) => files.get(`node/${name}/${file}`)));
}

function loadCase(name: string, file: (path: string) => Uint8Array | undefined): Case {
  const model = fromBinary(ModelProtoSchema, file('model.onnx')!);
  const nodes = model.graph?.node ?? [];
  const read = (kind: 'input' | 'output', values: readonly ValueInfoProto[]): Named[] =>
    values.map((v, k) => {
      checkType(v);
      return { name: v.name, tensor: tensorIn(file(`test_data_set_0/${kind}_${k}.pb`)!) };
    });
  return {
    name,
    model,
    nodes,
    operators: [...new Set(nodes.map((n) => (n.domain === '' || n.domain === 'ai.onnx' ? n.opType : `${n.domain}.${n.opType}`)))],
    inputs: () => read('input', model.graph?.input ?? []),
    outputs: () => read('output', model.graph?.output ?? []),
  };
}

function tensorIn(bytes: Uint8Array): Tensor {
  const t = tensorOfProto(fromBinary(TensorProtoSchema, bytes));
  return { ...t, data: canonicalise(t.dtype, t.data) };
}

const STRING = 8;

function checkType(v: ValueInfoProto): void {
  const type = v.type?.value;
  if (type?.case !== 'tensorType') throw new Unsupported('not a tensor', `${v.name} is ${type?.case ?? 'untyped'}`);
  const dtype = type.value.elemType;
  if (dtype === STRING) throw new Unsupported('string', `${v.name} holds strings`);
  if (!Object.values(DTYPE).some((d) => d === dtype)) throw new Unsupported('dtype', `${v.name} has dtype ${dtype}`);
}

/** Cases whose expected outputs ONNX Runtime does not give, by ONNX's own tolerance: it aligns corners of whole extents only. */
const NOT_OF_THE_RUNTIME: ReadonlySet<string> = new Set(['test_resize_downsample_scales_linear_align_corners']);

/**
 * What a case's name, types, domains and operators alone rule out.
 *
 * @throws Unsupported
 */
export function checkCase(c: Case): void {
  if (NOT_OF_THE_RUNTIME.has(c.name)) throw new Unsupported('runtime', 'its results are not the expected ones');
  for (const n of c.nodes) {
    if (n.domain.includes('training')) throw new Unsupported('training', `${n.domain}.${n.opType}`);
    if (n.domain !== '' && n.domain !== 'ai.onnx') throw new Unsupported('domain', `${n.domain}.${n.opType}`);
    const why = causeOfOperator(n.opType);
    if (why !== undefined) throw new Unsupported(why, n.opType);
  }
  for (const v of [...(c.model.graph?.input ?? []), ...(c.model.graph?.output ?? [])]) checkType(v);
}
