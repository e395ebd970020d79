import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ESLint } from 'eslint';

const eslint = new ESLint();

/** Messages that the rules have for one line of code, as if it stood in `filePath`. */
async function lint(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? []).map((m) => m.ruleId ?? m.message);
}

const refused: [string, string][] = [
  ['src/onnx/a.ts', "import { x } from '../../indexer/project.js';\nx();\n"],
  ['src/db/a.ts', "import { x } from '../../cli/main.js';\nx();\n"],
  ['indexer/a.ts', "import { x } from '../graphql/schema.js';\nx();\n"],
  ['graphql/schema/a.ts', "import { x } from '../../worker/run.js';\nx();\n"],
  ['validator/a.ts', "import { x } from '../worker/run.js';\nx();\n"],
  ['worker/a.ts', "import { x } from '../devnet/cheats.js';\nx();\n"],
  ['devnet/a.ts', "import { x } from '../cli/main.js';\nx();\n"],
  ['certify/a.ts', "import { x } from '../bench/main.js';\nx();\n"],
  ['src/onnx/a.ts', "import { x } from '../../certify/sweep.js';\nx();\n"],
  ['worker/a.ts', "import { x } from '../certify/sweep.js';\nx();\n"],
  ['src/merkle/a.ts', "import { createHash } from 'node:crypto';\ncreateHash('sha256');\n"],
  ['src/light/a.ts', "import { x } from '../errors.js';\nx();\n"],
];

const accepted: [string, string][] = [
  ['cli/a.ts', "import { x } from '../worker/run.js';\nx();\n"],
  ['devnet/a.ts', "import { x } from '../worker/run.js';\nx();\n"],
  ['worker/a.ts', "import { x } from '../src/onnx/run.js';\nx();\n"],
  ['certify/a.ts', "import { x } from '../src/onnx/engine.js';\nx();\n"],
  ['graphql/a.ts', "import { x } from 'graphql';\nx();\n"],
  ['src/light/a.ts', "import { x } from '../merkle/tree.js';\nimport { sha256 } from '@noble/hashes/sha2.js';\nx(sha256);\n"],
];

test('imports that go the wrong way are refused', async () => {
  for (const [file, code] of refused) assert.ok((await lint(file, code)).includes('no-restricted-imports'), `${file}: ${code}`);
});

test('imports that go the right way are accepted', async () => {
  for (const [file, code] of accepted) assert.deepEqual(await lint(file, code), [], `${file}: ${code}`);
});

test('any and ts-ignore are refused', async () => {
  assert.ok((await lint('src/a.ts', 'export const x: any = 1;\n')).includes('@typescript-eslint/no-explicit-any'));
  assert.ok((await lint('src/a.ts', '// @ts-ignore\nexport const x: number = 1;\n')).includes('@typescript-eslint/ban-ts-comment'));
});
