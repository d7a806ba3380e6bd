// What a stroke does to a mask: the same rule in integers as strokes.py, which has the last word.

export const LARGEST_DIAMETER = 50;

/** Columns and rows, from the corner of its square, of the pixels of a disc. */
export function disc(diameter) {
  const inside = [];
  for (let j = 0; j < diameter; j++)
    for (let i = 0; i < diameter; i++)
      if ((2 * i + 1 - diameter) ** 2 + (2 * j + 1 - diameter) ** 2 <= diameter ** 2) inside.push([i, j]);
  return inside;
}

/** The pixels of a line from its start to its end, both included. */
export function* line([x, y], [endX, endY]) {
  const across = Math.abs(endX - x), down = -Math.abs(endY - y);
  const stepX = x < endX ? 1 : -1, stepY = y < endY ? 1 : -1;
  let error = across + down;
  for (;;) {
    yield [x, y];
    if (x === endX && y === endY) return;
    const twice = 2 * error;
    if (twice >= down) { error += down; x += stepX; }
    if (twice <= across) { error += across; y += stepY; }
  }
}

/** Draws a path into one channel; gives the indices of the pixels that it changed. */
export function paint(channel, width, height, points, diameter, value) {
  const brush = disc(diameter), half = diameter >> 1, changed = [];
  for (let k = 0; k < Math.max(1, points.length - 1); k++)
    for (const [x, y] of line(points[k], points[k + 1] ?? points[k]))
      for (const [i, j] of brush) {
        const column = x - half + i, row = y - half + j;
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const index = row * width + column;
        if (channel[index] !== value) { channel[index] = value; changed.push(index); }
      }
  return changed;
}

/** The masks of one image: a channel per class, and what was done to them since the last save. */
export class Masks {
  constructor(width, height, bytes, names) {
    this.width = width;
    this.height = height;
    this.names = names;
    this.channels = names.map((_, k) => bytes.subarray(k * width * height, (k + 1) * width * height));
    this.done = [];
    this.undone = [];
  }

  /** Does what a line of the journal says; gives the pixels to be shown anew. */
  apply(op, stroke) {
    if (op === "undo") return this.undo();
    if (op === "redo") return this.redo();
    const channel = this.channels[this.names.indexOf(stroke.defect)];
    const changed = paint(channel, this.width, this.height, stroke.points, stroke.diameter, stroke.value);
    return this.keep({ channel, value: stroke.value, changed });
  }

  /** Remembers a stroke that is drawn already. */
  keep(step) {
    this.done.push(step);
    this.undone = [];
    return step.changed;
  }

  undo() {
    const step = this.done.pop();
    if (!step) return [];
    this.undone.push(step);
    return set(step, 1 - step.value);
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return [];
    this.done.push(step);
    return set(step, step.value);
  }

  forget() {
    this.done = [];
    this.undone = [];
  }

  checksums() {
    return this.channels.map(crc32);
  }
}

/** Sets the pixels of a step to a value. */
export function set({ channel, changed }, value) {
  for (const index of changed) channel[index] = value;
  return changed;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

export function crc32(bytes) {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
