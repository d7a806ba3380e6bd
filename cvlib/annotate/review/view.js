// Shows an image with its masks. Nothing in here ever changes a mask.

const SMALLEST = 0.02, LARGEST = 64;

export class View {
  /** colours: one per class, [red, green, blue]; painted() is called whenever what is shown has changed. */
  constructor(canvas, colours, painted) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.colours = colours.map((colour) => new Uint32Array(Uint8Array.of(...colour, 255).buffer)[0]);
    this.painted = painted;
    this.visible = colours.map(() => true);
    this.active = 0;
    this.opacity = 0.5;
    this.diameter = 9;
    this.zoom = 1; // CSS pixels per image pixel
    this.left = this.top = 0; // of the image on the canvas, CSS pixels
    this.fitted = true;
    this.image = this.masks = this.cursor = null; // cursor: the last event of a mouse or pen over the canvas
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  show(image, masks) {
    const resized = !this.image || image.width !== this.image.width || image.height !== this.image.height;
    this.image?.close();
    this.image = image;
    this.masks = masks;
    this.overlay = new OffscreenCanvas(image.width, image.height).getContext("2d");
    this.pixels = new ImageData(image.width, image.height);
    this.recolour();
    if (resized || this.fitted) this.fit();
  }

  clear() {
    this.image?.close();
    this.image = this.masks = this.cursor = null;
    this.draw();
  }

  /** Colours pixels of the overlay anew: those given by index, or all. */
  recolour(indices) {
    if (!this.masks) return;
    const order = [this.active, ...this.colours.keys()].filter((k, at, all) => this.visible[k] && all.indexOf(k) === at);
    const layers = order.map((k) => [this.masks.channels[k], this.colours[k]]);
    const data = new Uint32Array(this.pixels.data.buffer), { width, height } = this.masks;
    let [x0, y0, x1, y1] = indices ? [width, height, 0, 0] : [0, 0, width, height];
    if (!indices) {
      data.fill(0);
      for (const [channel, colour] of layers.reverse())
        for (let index = 0; index < data.length; index++) if (channel[index]) data[index] = colour;
    }
    for (const index of indices ?? []) {
      data[index] = layers.find(([channel]) => channel[index])?.[1] ?? 0;
      const x = index % width, y = (index - x) / width;
      x0 = Math.min(x0, x); x1 = Math.max(x1, x + 1); y0 = Math.min(y0, y); y1 = Math.max(y1, y + 1);
    }
    if (x0 < x1) this.overlay.putImageData(this.pixels, 0, 0, x0, y0, x1 - x0, y1 - y0);
    this.draw();
  }

  /** The pixel under a pointer: whole numbers, made once and here; it may lie outside the image. */
  pixel(event) {
    const box = this.canvas.getBoundingClientRect(), { width, height } = this.masks;
    const x = Math.floor((event.clientX - box.left - this.left) / this.zoom);
    const y = Math.floor((event.clientY - box.top - this.top) / this.zoom);
    return [clamp(x, -width, 2 * width - 1), clamp(y, -height, 2 * height - 1)];
  }

  resize() {
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    if (this.fitted) this.fit();
    this.draw();
  }

  fit() {
    if (!this.image) return;
    const { clientWidth, clientHeight } = this.canvas, { width, height } = this.image, margin = 12;
    const zoom = Math.min((clientWidth - 2 * margin) / width, (clientHeight - 2 * margin) / height);
    this.place(clamp(zoom, SMALLEST, LARGEST));
    this.fitted = true;
  }

  /** One pixel of the image on one of the screen. */
  actual() {
    this.place(1 / devicePixelRatio);
  }

  place(zoom) {
    if (!this.image) return;
    this.zoom = zoom;
    this.left = (this.canvas.clientWidth - this.image.width * zoom) / 2;
    this.top = (this.canvas.clientHeight - this.image.height * zoom) / 2;
    this.fitted = false;
    this.draw();
  }

  /** Zooms by a factor; the place at (x, y) of the canvas, by default its middle, stays where it is. */
  zoomBy(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    if (!this.image) return;
    const zoom = clamp(this.zoom * factor, SMALLEST, LARGEST), change = zoom / this.zoom;
    this.left = x - (x - this.left) * change;
    this.top = y - (y - this.top) * change;
    this.zoom = zoom;
    this.fitted = false;
    this.draw();
  }

  pan(x, y) {
    this.left += x;
    this.top += y;
    this.fitted = false;
    this.draw();
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { pen, canvas, zoom, left, top } = this, ratio = devicePixelRatio;
    Object.assign(canvas.dataset, { zoom, left, top });
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    this.painted();
    if (!this.image) return;
    pen.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * left, ratio * top);
    pen.imageSmoothingEnabled = zoom * ratio < 1; // shrunk without it, thin cracks come and go
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.image, 0, 0);
    pen.globalAlpha = this.opacity;
    pen.drawImage(this.overlay.canvas, 0, 0);
    pen.globalAlpha = 1;
    if (this.cursor) this.ring();
  }

  /** Where the brush would draw. */
  ring() {
    const [x, y] = this.pixel(this.cursor), { pen, diameter } = this, middle = diameter / 2 - (diameter >> 1);
    for (const [colour, wide] of [["#000", 3], ["#fff", 1.25]]) {
      pen.beginPath();
      pen.arc(x + middle, y + middle, diameter / 2, 0, 2 * Math.PI);
      pen.lineWidth = wide / this.zoom;
      pen.strokeStyle = colour;
      pen.stroke();
    }
  }
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
