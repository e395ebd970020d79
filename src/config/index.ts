// Configuration: TOML file, ASSAY_* variables, flags; every key documented, unknown keys refused.
export { describeConfig, loadConfig, required, type Sources } from './load.js';
export { amount, choice, flag, integer, text, texts, type Key, type Schema, type Values } from './schema.js';
export { blobKeys, chainKeys, keyKeys, metricsKeys, runtimeKeys, sidecarKeys, workerKeys } from './keys.js';
