import { PNG } from 'pngjs';
import { AssayError } from '../errors.js';

/** Pixels of an image: 8-bit red, green, blue, row by row from the top. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Larger images are refused before they are decoded. */
export const MAX_PIXELS = 16_000_000;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Decodes a PNG. Transparent pixels are laid on white.
 *
 * @throws AssayError IMAGE_UNREADABLE when the bytes are no PNG or a damaged one, IMAGE_TOO_LARGE above 16 million pixels
 */
export function readPng(bytes: Uint8Array): Image {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 33 || SIGNATURE.some((b, i) => buffer[i] !== b))
    throw new AssayError('IMAGE_UNREADABLE', 'expected a PNG file, found other bytes', { hint: 'Convert the image to PNG.' });
  // The header says how much memory decoding takes; a small file may claim a huge image.
  const pixels = buffer.readUInt32BE(16) * buffer.readUInt32BE(20);
  if (pixels > MAX_PIXELS || pixels === 0)
    throw new AssayError('IMAGE_TOO_LARGE', `an image of ${pixels} pixels, allowed 1 to ${MAX_PIXELS}`, { hint: 'Crop the line of text.' });
  let png: PNG;
  try {
    png = PNG.sync.read(buffer);
  } catch (cause) {
    throw new AssayError('IMAGE_UNREADABLE', 'the PNG is damaged', { cause });
  }
  const rgb = new Uint8Array(png.width * png.height * 3);
  for (let i = 0; i < png.width * png.height; i++) {
    const alpha = png.data[4 * i + 3]!;
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = Math.round((png.data[4 * i + c]! * alpha + 255 * (255 - alpha)) / 255);
  }
  return { width: png.width, height: png.height, rgb };
}

/** The image turned upside down: by 180 degrees. */
export function rotate180(image: Image): Image {
  const { width, height } = image;
  const rgb = new Uint8Array(image.rgb.length);
  const last = width * height - 1;
  for (let i = 0; i <= last; i++) rgb.set(image.rgb.subarray(3 * (last - i), 3 * (last - i) + 3), 3 * i);
  return { width, height, rgb };
}

/**
 * Bilinear resize as OpenCV's INTER_LINEAR: pixel centres at half coordinates, edges repeated, no smoothing, results rounded.
 */
export function resize(image: Image, width: number, height: number): Image {
  const rgb = new Uint8Array(width * height * 3);
  const columns = taps(image.width, width);
  const rows = taps(image.height, height);
  for (let y = 0; y < height; y++) {
    const row = rows[y]!;
    for (let x = 0; x < width; x++) {
      const column = columns[x]!;
      for (let c = 0; c < 3; c++) {
        const at = (py: number, px: number): number => image.rgb[(py * image.width + px) * 3 + c]!;
        const top = at(row.from, column.from) * (1 - column.weight) + at(row.from, column.to) * column.weight;
        const bottom = at(row.to, column.from) * (1 - column.weight) + at(row.to, column.to) * column.weight;
        rgb[(y * width + x) * 3 + c] = Math.round(top * (1 - row.weight) + bottom * row.weight);
      }
    }
  }
  return { width, height, rgb };
}

interface Tap {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** For each target index the two source indices between which it falls, and how far. */
function taps(source: number, target: number): Tap[] {
  return Array.from({ length: target }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * source) / target - 0.5, 0), source - 1);
    const from = Math.floor(at);
    return { from, to: Math.min(from + 1, source - 1), weight: at - from };
  });
}
