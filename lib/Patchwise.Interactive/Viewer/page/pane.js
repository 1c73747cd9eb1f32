// One slide in OpenSeadragon: its layers, where one looks, and what is drawn over it. Places are px of level 0.
import { Ink } from './ink.js';
import { Navigator } from './navigator.js';
import { make } from './dom.js';

/** From the lowest to the uppermost. */
const order = ['slide', 'grey', 'probability', 'map', 'disagreement', 'grid', 'tissue'];

/** How long a layer with other settings may take before it stands there unfinished. */
const patience = 3000;

// OpenSeadragon adds a style sheet where it finds none by this name, which the policy of the page forbids; touch screens lose nothing.
const style = document.createElementNS('urn:none', 'style');
style.setAttribute('data-openseadragon-mobile-css', '');
document.head.append(style);

export class Pane {
  #layers = new Map();
  slide = null;

  /**
   * @param head what stands above the slide
   * @param does moved(), led(): the user moves this one; clicked(place), failed(address): a tile did not come
   */
  constructor(head, does) {
    this.stage = make('div', { className: 'stage' });
    this.element = make('section', { className: 'pane' }, head, this.stage);
    this.does = does;
  }

  /** Once the element lies in the page, which OpenSeadragon measures. */
  start() {
    // Who asked the system for less motion is there at once.
    const glide = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 0.4;
    // The canvas drawer can be read for a snapshot at any time, and needs no graphics card.
    this.viewer = OpenSeadragon({
      element: this.stage, drawer: 'canvas', showNavigationControl: false, maxZoomPixelRatio: 8, minZoomImageRatio: 0.5, visibilityRatio: 0.3,
      animationTime: glide, springStiffness: 9, preserveImageSizeOnResize: true, preserveViewport: true, silenceMultiImageWarnings: true, maxImageCacheCount: 250,
      imageLoaderLimit: 8, gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true }, zoomPerScroll: 1.25,
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true }, gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true },
    });
    // Viewer and viewport begin with one and the same size, so that the first change of size would not be seen as one, and the zoom not kept.
    this.viewer.viewport.containerSize = this.viewer.viewport.containerSize.clone();
    this.canvas = this.viewer.canvas;
    this.canvas.setAttribute('role', 'application');
    this.ink = new Ink(this);
    this.navigator = new Navigator(this);
    const { viewer, does } = this;
    viewer.addHandler('update-viewport', () => {
      this.ink.draw();
      this.navigator.draw();
      does.moved();
    });
    for (const name of ['canvas-press', 'canvas-scroll', 'canvas-key', 'canvas-focus', 'canvas-pinch'])
      viewer.addHandler(name, () => does.led());
    viewer.addHandler('canvas-click', event => {
      if (event.quick)
        does.clicked(this.#place(event.position));
    });
    viewer.addHandler('canvas-key', event => this.#key(event));
    // The slide is focused by a click too; only who moves it with keys needs to see its middle.
    for (const name of ['canvas-focus', 'canvas-blur', 'canvas-press', 'canvas-key'])
      viewer.addHandler(name, () => this.ink.cross(name !== 'canvas-blur' && document.body.classList.contains('keys')));
    viewer.addHandler('tile-load-failed', event => {
      // This is what it says of a tile that nobody waits for any more.
      if (viewer.world.getIndexOfItem(event.tiledImage) >= 0 && event.message !== 'Image load aborted.')
        does.failed(event.tile.getUrl());
    });
  }

  #key(event) {
    if (event.originalEvent.key === 'Enter') {
      const { x, y } = this.view;
      this.does.clicked({ x, y });
    }
    // OpenSeadragon would turn and mirror the slide too, which what lies over it does not follow.
    event.preventDefaultAction = !/^(Arrow\w+|[-+=_0])$/.test(event.originalEvent.key) || event.originalEvent.ctrlKey || event.originalEvent.metaKey;
  }

  #place(point) {
    const { x, y } = this.viewer.viewport.viewerElementToViewportCoordinates(point);
    return { x: x * this.slide.width, y: y * this.slide.width };
  }

  /** Shows another slide, whole. */
  open(slide) {
    this.slide = slide;
    this.viewer.world.removeAll();
    this.#layers.clear();
    this.ink.clear();
    this.canvas.setAttribute('aria-label', `Slide ${slide.name}. Arrow keys move, plus and minus zoom, 0 shows the whole slide, Enter chooses the patch in the `
      + 'middle.');
    this.navigator.open(slide);
  }

  /** CSS px of the stage as OpenSeadragon last measured it, to which what it says of the view belongs. */
  get size() {
    const { x, y } = this.viewer.viewport.getContainerSize();
    return { width: x, height: y };
  }

  /** The middle and how many px of level 0 one px of the screen is, as shown now, also while it moves. */
  get view() {
    const bounds = this.viewer.viewport.getBoundsNoRotate(true), width = this.slide.width;
    return { x: (bounds.x + bounds.width / 2) * width, y: (bounds.y + bounds.height / 2) * width, scale: bounds.width * width / this.size.width };
  }

  /** Looks there: at once, or gliding. */
  look({ x, y, scale }, atOnce = true) {
    const { width, height } = this.size, slide = this.slide.width;
    this.viewer.viewport.fitBounds(new OpenSeadragon.Rect((x - width * scale / 2) / slide, (y - height * scale / 2) / slide, width * scale / slide,
      height * scale / slide), atOnce);
  }

  get whole() {
    const { width, height } = this.size, { slide } = this;
    return { x: slide.width / 2, y: slide.height / 2, scale: 1.04 * Math.max(slide.width / width, slide.height / height) };
  }

  zoom(factor) {
    this.viewer.viewport.zoomBy(factor);
    this.viewer.viewport.applyConstraints();
  }

  /** @param wanted name of a layer -> { path, ending, opacity (0 to 1) }; the slide is always among them. */
  show(wanted) {
    for (const [name, layer] of this.#layers)
      if (!wanted[name]) {
        this.#layers.delete(name);
        this.#drop(layer.item);
        this.#drop(layer.coming);
      }
    for (const name of order.filter(one => wanted[one])) {
      const { path, ending, opacity } = wanted[name], key = path + ending;
      const layer = this.#layers.get(name) ?? { item: null, coming: null, key: null };
      this.#layers.set(name, layer);
      layer.opacity = opacity;
      layer.item?.setOpacity(opacity);
      if (layer.key !== key)
        this.#load(layer, path, ending, key);
    }
  }

  /** What a layer shows stays until its successor is there, so that nothing flickers. */
  #load(layer, path, ending, key) {
    const { width, height, tileSize, minLevel, maxLevel } = this.slide;
    this.#drop(layer.coming);
    Object.assign(layer, { key, coming: null });
    this.viewer.addTiledImage({
      tileSource: { width, height, tileSize, tileOverlap: 0, minLevel, maxLevel, getTileUrl: (level, x, y) => `${path}/${level}/${x}_${y}${ending}` },
      opacity: layer.item ? 0 : layer.opacity, preload: layer.item !== null,
      success: ({ item }) => {
        if (layer.key !== key || ![...this.#layers.values()].includes(layer)) {
          this.#drop(item);
          return;
        }
        const swap = () => {
          if (layer.coming !== item)
            return;
          this.#drop(layer.item);
          Object.assign(layer, { item, coming: null });
          item.setOpacity(layer.opacity);
          item.setPreload(false);
        };
        layer.coming = item;
        this.#sort();
        if (layer.item) {
          item.addHandler('fully-loaded-change', event => event.fullyLoaded && swap());
          setTimeout(swap, patience);
        } else
          swap();
      },
    });
  }

  #sort() {
    const { world } = this.viewer;
    let place = 0;
    for (const name of order)
      for (const item of [this.#layers.get(name)?.item, this.#layers.get(name)?.coming])
        if (item && world.getIndexOfItem(item) >= 0)
          world.setItemIndex(item, place++);
  }

  #drop(item) {
    if (item && this.viewer.world.getIndexOfItem(item) >= 0)
      this.viewer.world.removeItem(item);
  }

  /** Whether every tile of the layers that are seen is there: for tests and pictures. */
  get finished() {
    return [...this.#layers.values()].every(layer => layer.coming === null && (layer.opacity === 0 || layer.item?.getFullyLoaded()));
  }

  close() {
    this.viewer.destroy();
    this.element.remove();
  }
}
