import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AssayError } from '../../src/errors.js';
import { generatedModel, MODEL_NAMES } from '../../src/models/index.js';
import { print, type Context } from '../context.js';

/** Adds `assay program generate` to the group. */
export function registerGenerate(group: Command, context: Context): void {
  group
    .command('generate <kind>')
    .description(`write a small ONNX model with inputs, the same for the same seed: ${MODEL_NAMES.join(', ')}`)
    .option('--seed <n>', 'seed of the inputs', '1')
    .option('--out <dir>', 'where KIND.onnx and the inputs 0.bin, 1.bin, … go; default: KIND')
    .action(async (kind: string, options: { seed: string; out?: string }, command: Command) => {
      const name = MODEL_NAMES.find((n) => n === kind);
      if (name === undefined) throw new AssayError('CLI_ARGUMENT', `kind: expected one of ${MODEL_NAMES.join(', ')}, found "${kind}"`);
      if (!/^[0-9]{1,9}$/.test(options.seed)) throw new AssayError('CLI_ARGUMENT', `seed: expected a number of at most nine digits, found "${options.seed}"`);
      const dir = options.out ?? name;
      const model = generatedModel(name);
      await mkdir(dir, { recursive: true });
      const file = join(dir, `${name}.onnx`);
      await writeFile(file, model.file);
      const inputs = model.inputs(Number(options.seed)).map((tensor, i) => ({ path: join(dir, `${i}.bin`), tensor }));
      for (const { path, tensor } of inputs) await writeFile(path, tensor.data);
      const paths = inputs.map((i) => i.path);
      print(context, command, { file, inputs: paths }, [`${file}: ${model.description}`, `inputs: ${paths.join(' ')}`, `next: assay program prepare ${file}`]);
    });
}
