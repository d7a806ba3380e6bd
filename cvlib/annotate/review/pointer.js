// Mouse, pen and fingers on the canvas: draw; with space or the middle button, move; with two fingers, move and zoom.

import { clamp } from "./view.js";

export class Pointer {
  /** strokes: drawing() gives the pointer that draws; begin, follow, end and drop its stroke; hover follows any. */
  constructor(canvas, view, strokes) {
    Object.assign(this, { canvas, view, strokes, touches: new Map(), hand: null, space: false });
    const up = (event) => this.up(event);
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => { view.cursor = null; view.draw(); });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** While it is held, the pointer moves the image instead of drawing. */
  hold(space) {
    this.space = space;
    this.canvas.classList.toggle("panning", space);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    event.preventDefault();
    document.activeElement?.blur();
    this.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") this.touches.set(event.pointerId, this.at(event));
    if (this.touches.size > 1) return this.strokes.drop();
    if (event.button === 1 || (event.button === 0 && this.space)) this.hand = this.at(event);
    else if (event.button === 0 && this.strokes.drawing() === undefined) this.strokes.begin(event);
  }

  move(event) {
    const at = this.at(event);
    if (this.touches.has(event.pointerId) && this.touches.size > 1) this.pinch(event.pointerId, at);
    else if (this.hand) {
      this.view.pan(at[0] - this.hand[0], at[1] - this.hand[1]);
      this.hand = at;
    } else if (this.strokes.drawing() === event.pointerId) this.strokes.follow(event);
    this.strokes.hover(event);
  }

  /** Two fingers: the image follows their middle, and grows as they part. */
  pinch(pointer, to) {
    const [, other] = [...this.touches].find(([id]) => id !== pointer), from = this.touches.get(pointer);
    const apart = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
    this.view.pan((to[0] - from[0]) / 2, (to[1] - from[1]) / 2);
    this.view.zoomBy(apart(to) / apart(from), (to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
    this.touches.set(pointer, to);
  }

  up(event) {
    if (this.strokes.drawing() === event.pointerId) {
      if (event.type === "pointerup") {
        this.strokes.follow(event);
        this.strokes.end();
      } else this.strokes.drop();
    }
    this.touches.delete(event.pointerId);
    this.hand = null;
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? 16 : 1);
    this.view.zoomBy(Math.exp(-clamp(pixels, -200, 200) / 400), ...this.at(event));
    this.strokes.hover(event);
  }
}
