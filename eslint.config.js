import eslint from 'typescript-eslint';

// One direction of imports (docs/architecture.md): cli → {indexer, graphql, validator, worker, devnet} → src; certify → src.
const houses = ['cli', 'indexer', 'graphql', 'validator', 'worker', 'devnet'];
const daemons = ['indexer', 'graphql', 'validator', 'worker'];
const forbid = (names, why) => ({
  regex: `^(\\.\\./)+(${names.join('|')})/`,
  message: why,
});
const restrict = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const beneath = 'Imports point one way: cli → {indexer, graphql, validator, worker, devnet} → src.';
const apart = 'The four daemons never import each other; what they share lives in src/.';
const pure = 'src/light and src/merkle run in browsers and are audited alone: they import @noble/* and each other, nothing else.';

export default eslint.config(
  { ignores: ['dist/**', 'build/**', 'node_modules/**', 'third_party/**', '.demo/**', 'src/chain/generated/**', 'chain/**', 'migrations/**/*.js'] },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.strict],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      // `!` after an index whose bound was just checked is clearer than a second branch that cannot happen.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  { files: ['cli/**/*.ts', 'devnet/**/*.ts', 'bench/**/*.ts', 'certify/**/*.ts', 'test/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/**/*.ts'], rules: restrict([forbid([...houses, 'bench', 'certify', 'test'], beneath)]) },
  { files: ['certify/**/*.ts'], rules: restrict([forbid([...houses, 'bench', 'test'], beneath)]) },
  ...[...daemons].map((name) => ({
    files: [`${name}/**/*.ts`],
    rules: restrict([forbid(['cli', 'devnet', 'bench', 'certify'], beneath), forbid(daemons.filter((d) => d !== name), apart)]),
  })),
  { files: ['devnet/**/*.ts'], rules: restrict([forbid(['cli', 'bench', 'certify'], beneath)]) },
  {
    files: ['src/light/**/*.ts', 'src/merkle/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: restrict([{ regex: '^(?!@noble/|\\./|\\.\\./(light|merkle)/)', message: pure }]),
  },
);
