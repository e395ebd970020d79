// Models beyond inference, as plain ONNX from a seed: generation with a cache, training, federated averaging, evaluation.
export { labelledBatch } from './data.js';
export { federatedAverage } from './fedavg.js';
export { decodeStep, firstState, fullSequence } from './generation.js';
export { ADAM, evaluation, firstMoments, lossAndGradient, trainingStep, type AdamConfig, type Batch } from './training.js';
export { initialParameters, parameterCount, parametersOf, SMALL, type Parameter, type TransformerConfig } from './transformer.js';
export { CLIENTS, generatedModel, MODEL_NAMES, SMALL_BATCH, smallParameters, type GeneratedModel, type GeneratedName } from './catalogue.js';
