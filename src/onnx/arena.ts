/** Every buffer fed to a runtime starts at a multiple of this many bytes (PROTOCOL §3). */
export const FEED_ALIGNMENT = 64;

const PAGE = 65_536;

// @types/node does not declare it and the DOM library would declare far too much.
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
};

/**
 * Memory whose addresses are known modulo 64. A reduction peels elements until its operand's address is aligned, so the
 * address of a fed buffer changes bits; JavaScript cannot see the address of an ArrayBuffer (malloc gives multiples of 16),
 * but a WebAssembly memory starts at a page. Feeds are copied there.
 */
export class Arena {
  #memory = new WebAssembly.Memory({ initial: 0, maximum: 65_536 });
  #used = 0;

  /** Forgets earlier buffers and makes room for these sizes (bytes). Views given before become invalid. */
  reset(sizes: readonly number[]): void {
    this.#used = 0;
    const need = Math.ceil(sizes.reduce((sum, size) => sum + roundUp(size), 0) / PAGE);
    const have = this.#memory.buffer.byteLength / PAGE;
    if (need > have) this.#memory.grow(need - have);
  }

  /** Copies `data` to the next multiple of 64 bytes and returns the buffer and the offset. */
  place(data: Uint8Array): { buffer: ArrayBuffer; offset: number } {
    const offset = this.#used;
    new Uint8Array(this.#memory.buffer, offset, data.length).set(data);
    this.#used += roundUp(data.length);
    return { buffer: this.#memory.buffer, offset };
  }
}

function roundUp(size: number): number {
  return Math.ceil(size / FEED_ALIGNMENT) * FEED_ALIGNMENT;
}
