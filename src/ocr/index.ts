// Reading lines of text with PP-OCR: PNG → input tensor, output tensor → text, and the two models of the demo.
export { MAX_PIXELS, readPng, resize, rotate180, type Image } from './image.js';
export { ORIENTATION_SHAPE, orientationInput, RECOGNITION_SHAPE, recognitionInput } from './input.js';
export { decodeOrientation, decodeText, parseDictionary, type Orientation, type ReadText } from './decode.js';
export { MODELS, prepareModel, readDictionary, readModel, type ModelName, type ModelSource, type PrepareModelOptions } from './models.js';
