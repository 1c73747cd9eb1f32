// The whole slide in a corner, with what is seen marked; a click or a drag looks there. With keys one moves the slide itself.
import { make } from './dom.js';
import { thumbnail } from './server.js';

export class Navigator {
  constructor(pane) {
    this.pane = pane;
    this.image = make('img', { alt: '', draggable: false });
    this.frame = make('div', { className: 'frame' });
    this.element = make('div', { className: 'navigator', 'aria-hidden': 'true' }, this.image, this.frame);
    pane.stage.append(this.element);
    const look = event => {
      if (!event.buttons)
        return;
      const box = this.image.getBoundingClientRect(), { slide } = pane;
      pane.does.led();
      pane.look({ ...pane.view, x: (event.clientX - box.left) / box.width * slide.width, y: (event.clientY - box.top) / box.height * slide.height });
    };
    this.element.addEventListener('pointerdown', event => {
      event.stopPropagation();
      this.element.setPointerCapture(event.pointerId);
      look(event);
    });
    this.element.addEventListener('pointermove', look);
    this.image.addEventListener('load', () => this.draw());
  }

  open(slide) {
    this.image.src = thumbnail(slide.id);
  }

  draw() {
    const { pane, image } = this;
    if (!pane.slide || !image.clientWidth)
      return;
    const { x, y, scale } = pane.view, { width, height } = pane.size, k = image.clientWidth / pane.slide.width;
    const edge = (middle, half, end) => [Math.max(0, middle - half), Math.min(end, middle + half)].map(value => value * k);
    const [left, right] = edge(x, width * scale / 2, pane.slide.width), [top, bottom] = edge(y, height * scale / 2, pane.slide.height);
    Object.assign(this.frame.style, { left: `${left}px`, top: `${top}px`, width: `${Math.max(4, right - left)}px`, height: `${Math.max(4, bottom - top)}px` });
  }
}
