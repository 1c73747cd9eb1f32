// What is drawn over the slide as lines: annotations, the chosen patch, the scale bar, the middle. Light within dark, so that it is seen over any stain.
import { length, make, number } from './dom.js';

const dark = '#10161c', light = '#ffffff';

/** A round length of at most so many px of the screen: 1, 2 or 5 and zeros. */
export function bar(slide, scale, most = 150) {
  const unit = slide.mpp ? slide.mpp[0] : 1, limit = most * scale * unit, ten = 10 ** Math.floor(Math.log10(limit));
  const long = ten * [5, 2, 1].find(step => step * ten <= limit);
  return { pixels: long / unit / scale, text: slide.mpp ? length(long) : `${number(long, long < 1 ? 2 : 0)} px` };
}

/** Objective that would show the slide as large as the screen does; from the resolution where the slide does not say its objective. */
export function magnification(slide, scale) {
  if (!slide.power && !slide.mpp)
    return `${number(100 / scale, scale > 20 ? 1 : 0)} % of full size`;
  const power = (slide.power ?? 10 / slide.mpp[0]) / scale;
  return `${slide.power ? '' : 'about '}${number(power, power < 10 ? power < 1 ? 2 : 1 : 0)}×`;
}

/** Bright enough within a dark line. */
function bright(color) {
  const parts = [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16)), grey = 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2];
  const mix = grey < 120 ? 0.55 : 0;
  return `rgb(${parts.map(part => Math.round(part + (255 - part) * mix)).join()})`;
}

function outline(feature) {
  const path = new Path2D(), box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of feature.polygons.flat()) {
    ring.forEach(([x, y], i) => {
      path[i ? 'lineTo' : 'moveTo'](x, y);
      box[0] = Math.min(box[0], x), box[1] = Math.min(box[1], y), box[2] = Math.max(box[2], x), box[3] = Math.max(box[3], y);
    });
    path.closePath();
  }
  return { path, box, color: bright(feature.color ?? light), name: feature.class ?? feature.name ?? '' };
}

export class Ink {
  #features = [];
  #patch = null;
  #cross = false;
  opacity = 1;

  constructor(pane) {
    this.pane = pane;
    this.line = make('span', { className: 'bar' });
    this.words = make('span');
    this.scale = make('div', { className: 'scale' }, this.line, this.words);
    pane.stage.append(this.scale);
  }

  clear() {
    this.#features = [];
    this.#patch = null;
  }

  set features(features) {
    this.#features = features.map(outline);
    this.#again();
  }

  /** The chosen patch, with its box; null for none. */
  set patch(item) {
    this.#patch = item;
    this.#again();
  }

  cross(shown) {
    this.#cross = shown;
    this.#again();
  }

  #again() {
    this.pane.viewer.forceRedraw();
  }

  /** After the tiles of a frame, onto the same canvas: a sheet of its own over the slide would cost as much as they do. */
  draw() {
    const { pane } = this, { canvas, context } = pane.viewer.drawer;
    if (!pane.slide)
      return;
    const { width, height } = pane.size, view = pane.view, k = canvas.width / width / view.scale;
    const left = view.x - width * view.scale / 2, top = view.y - height * view.scale / 2;
    context.save();
    context.setTransform(k, 0, 0, k, -left * k, -top * k);
    context.lineJoin = 'round';
    context.globalAlpha = this.opacity;
    const seen = ({ box }) => box[2] >= left && box[3] >= top && box[0] <= left + width * view.scale && box[1] <= top + height * view.scale
      && Math.max(box[2] - box[0], box[3] - box[1]) > view.scale;
    if (this.opacity > 0)
      this.#annotate(context, this.#features.filter(seen), view.scale);
    context.globalAlpha = 1;
    if (this.#patch) {
      const { x, y, width: w, height: h } = this.#patch, path = new Path2D();
      path.rect(x, y, w, h);
      this.#stroke(context, path, light, view.scale, 3);
    }
    if (this.#cross) {
      const path = new Path2D(), arm = 12 * view.scale;
      path.moveTo(view.x - arm, view.y), path.lineTo(view.x + arm, view.y), path.moveTo(view.x, view.y - arm), path.lineTo(view.x, view.y + arm);
      this.#stroke(context, path, light, view.scale, 2);
    }
    context.restore();
    const { pixels, text } = bar(pane.slide, view.scale);
    this.line.style.width = `${pixels}px`;
    const words = `${text} · ${magnification(pane.slide, view.scale)}`;
    if (this.words.textContent !== words)
      this.words.textContent = words;
  }

  #annotate(context, features, scale) {
    for (const { path, color } of features)
      this.#stroke(context, path, color, scale, 2);
    context.font = `600 ${13 * scale}px system-ui, sans-serif`;
    context.lineWidth = 4 * scale;
    for (const { box, name, color } of features.filter(one => one.name && (one.box[2] - one.box[0]) / scale > 60)) {
      context.strokeStyle = dark, context.fillStyle = color;
      context.strokeText(name, box[0], box[1] - 6 * scale);
      context.fillText(name, box[0], box[1] - 6 * scale);
    }
  }

  #stroke(context, path, color, scale, wide) {
    context.strokeStyle = dark, context.lineWidth = (wide + 3) * scale;
    context.stroke(path);
    context.strokeStyle = color, context.lineWidth = wide * scale;
    context.stroke(path);
  }
}
