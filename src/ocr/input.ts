import { float32, type Tensor } from '../onnx/index.js';
import { resize, type Image } from './image.js';

/** Extents of the two programs' inputs: one static shape is one program (PROTOCOL §3). */
export const RECOGNITION_SHAPE = [1, 3, 48, 320] as const;
export const ORIENTATION_SHAPE = [1, 3, 48, 192] as const;

/**
 * Input of the recognition program from an image of one line of text, as PaddleOCR makes it: height 48, ratio kept up to
 * width 320, channels blue, green, red, (x/255 − 0.5)/0.5, zeros to the right. Lines wider than 6.67 times their height
 * are squeezed to 320.
 */
export function recognitionInput(image: Image): Tensor {
  return lineTensor(image, RECOGNITION_SHAPE[3]);
}

/** Input of the orientation classifier: as for recognition, 48 by 192. */
export function orientationInput(image: Image): Tensor {
  return lineTensor(image, ORIENTATION_SHAPE[3]);
}

function lineTensor(image: Image, width: number): Tensor {
  const height = 48;
  const scaled = resize(image, Math.max(1, Math.min(width, Math.ceil((height * image.width) / image.height))), height);
  const values = new Float32Array(3 * height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < scaled.width; x++)
      for (let c = 0; c < 3; c++) values[(c * height + y) * width + x] = (scaled.rgb[(y * scaled.width + x) * 3 + 2 - c]! / 255 - 0.5) / 0.5;
  return float32([1, 3, height, width], values);
}
