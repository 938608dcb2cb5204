/* An axis of a painted figure: values to pixels and back, as `Axis` of plotly.js does for a figure
   of plotly's. Pure. A range, and every `at`, is in the axis's own units: powers of ten on a log
   axis. Pixels are counted from the figure's left or top. */

class Axis {
  constructor({ id, start, length, range, isLog = false }) {
    Object.assign(this, { id, start, length, range, isLog, end: start + length });
    this.isUp = id[0] === "y";
  }

  /* The pixel of a place in the axis's own units. */
  place(at) {
    const low = this.range[0], part = (at - low) / (this.range[1] - low); // called for each point
    return this.start + (this.isUp ? 1 - part : part) * this.length;
  }

  toPixel(value) {
    return this.place(this.isLog ? toPower(value) : Number(value ?? NaN));
  }

  toValue(pixel) {
    const [low, high] = this.range, part = (pixel - this.start) / this.length;
    const at = low + (this.isUp ? 1 - part : part) * (high - low);
    return this.isLog ? 10 ** at : at;
  }

  /* Pixels a unit, below 0 where the axis points up. */
  get scale() {
    return this.place(1) - this.place(0);
  }

  holds(pixel) {
    return pixel >= this.start - 1 && pixel <= this.end + 1;
  }

  clamp(pixel) {
    return Math.min(Math.max(pixel, this.start), this.end);
  }
}

export const makeAxis = (about) => new Axis(about);

/* The power of ten of a value; NaN, a gap, where it has none. */
export const toPower = (value) => (value > 0 ? Math.log10(value) : NaN);
