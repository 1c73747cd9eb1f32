// The page: opens slides, keeps the state, and tells each part when it changed.
import * as address from './address.js';
import { later, make, number, one } from './dom.js';
import { Layers } from './layers.js';
import { Pane } from './pane.js';
import { asked, Patches } from './patches.js';
import * as server from './server.js';
import { save } from './snapshot.js';

const powers = [1.25, 2.5, 5, 10, 20, 40, 80];

class App {
  state = address.fresh();
  slides = [];
  heat = [];
  left = null;
  right = null;
  #leader = null;
  #offset = [0, 0];
  #compared = null;
  #restoring = false;
  #failing = false;

  async start() {
    const { slides, heat } = await server.slides();
    Object.assign(this, { slides, heat });
    const open = slides.filter(slide => !slide.error);
    if (open.length === 0)
      throw new Error(`No slide can be shown: ${slides.map(slide => `${slide.name}: ${slide.error}`).join('; ') || 'none was given'}`);
    this.left = this.#pane('left');
    this.layers = new Layers(this);
    this.patches = new Patches(this);
    this.#tools();
    this.#list();
    addEventListener('popstate', () => this.restore());
    await this.restore();
  }

  /** Whether both sides show predictions of two networks for one slide. */
  get networks() {
    const { left, right } = this;
    return Boolean(left?.network && right?.network && left.slide === right.slide && left.network !== right.network);
  }

  get panes() {
    return [this.left, this.right].filter(Boolean);
  }

  // ---- sides

  #pane(side) {
    const slide = make('select', { 'aria-label': side === 'left' ? 'Slide' : 'Slide on the right' });
    const network = make('select', { 'aria-label': side === 'left' ? 'Predictions' : 'Predictions on the right' });
    const open = this.slides.filter(known => !known.error);
    slide.replaceChildren(...open.map(known => make('option', { value: known.id }, known.name)));
    slide.hidden = open.length < 2;
    const pane = new Pane(make('div', { className: 'head' }, slide, network), {
      moved: () => this.#moved(pane), led: () => { this.#leader = pane; }, clicked: place => this.#clicked(side, place), failed: url => this.failed(url),
    });
    slide.addEventListener('change', () => this.#switch(side, +slide.value));
    network.addEventListener('change', () => this.#switch(side, pane.slide.id, network.value === 'none' ? 'none' : +network.value));
    one('#panes').append(pane.element);
    pane.start();
    pane.selects = { slide, network };
    return pane;
  }

  /** @param prediction its number; 'none' for none; null for the first */
  #open(side, id, prediction) {
    const pane = this[side], slide = this.slides.find(known => known.id === id), before = pane.slide;
    if (before !== slide) {
      pane.open(slide);
      if (slide.annotations)
        this.trying(async () => {
          const { features } = await server.annotations(slide.id);
          if (pane.slide === slide)
            pane.ink.features = features;
        });
    }
    pane.network = prediction === 'none' ? null : slide.predictions.find(known => known.id === prediction) ?? slide.predictions[0] ?? null;
    const { selects } = pane;
    selects.slide.value = id;
    selects.network.replaceChildren(...slide.predictions.map(known => make('option', { value: known.id }, known.name)), make('option', { value: 'none' },
      'without predictions'));
    selects.network.value = pane.network?.id ?? 'none';
    selects.network.hidden = slide.predictions.length === 0;
  }

  #switch(side, slide, prediction = null) {
    const { state } = this, pane = this[side], old = pane.slide.id;
    this.#open(side, slide, prediction);
    if (side === 'left')
      Object.assign(state, { slide, prediction: pane.network?.id ?? null, hide: [], filter: address.fresh().filter, only: false });
    else
      Object.assign(state, { right: { slide, prediction: pane.network?.id ?? null }, rightHide: [] });
    this.#forget();
    if (old !== slide) {
      pane.look(pane.whole);
      this.#relate();
    }
    this.update('push');
  }

  /** Without a chosen patch. */
  #forget() {
    this.state.patch = null;
    for (const pane of this.panes)
      pane.ink.patch = null;
    this.patches.none('Click a patch on the slide to see what was predicted there.');
  }

  // ---- comparing

  compare(shown) {
    const { state, left } = this;
    if (!shown) {
      this.right?.close();
      this.right = null;
      Object.assign(state, { right: null, rightView: null, rightHide: [], linked: true });
      if (state.patch?.side === 'right')
        this.#forget();
    } else {
      const other = left.slide.predictions.find(known => known !== left.network);
      const slide = other ? left.slide : this.slides.find(known => !known.error && known !== left.slide) ?? left.slide;
      this.right = this.#pane('right');
      this.#open('right', slide.id, other?.id ?? (slide === left.slide ? 'none' : null));
      state.right = { slide: slide.id, prediction: this.right.network?.id ?? null };
      this.#relate();
    }
    this.update('push');
  }

  /** Microns where both slides tell them. */
  get #units() {
    const known = this.panes.every(pane => pane.slide.mpp);
    return this.panes.map(pane => known ? pane.slide.mpp : [1, 1]);
  }

  /** How both lie to each other from here on: one place on one slide, middle on middle on two. */
  #relate() {
    const { left, right } = this;
    if (!right)
      return;
    const [a, b] = this.#units;
    this.#offset = left.slide === right.slide ? [0, 0] : [right.slide.width * b[0] / 2 - left.slide.width * a[0] / 2,
      right.slide.height * b[1] / 2 - left.slide.height * a[1] / 2];
    this.#leader = left;
    this.#follow();
  }

  /** How both lie to each other as they are shown. */
  #keep() {
    const [a, b] = this.#units, one = this.left.view, other = this.right.view;
    this.#offset = [other.x * b[0] - one.x * a[0], other.y * b[1] - one.y * a[1]];
  }

  #follow() {
    const { left, right, state } = this;
    if (!right?.slide || !state.linked)
      return;
    const leads = this.#leader === right, [from, to] = leads ? [right, left] : [left, right], sign = leads ? -1 : 1, [a, b] = this.#units;
    const [u, v] = leads ? [b, a] : [a, b], { x, y, scale } = from.view;
    to.look({ x: (x * u[0] + sign * this.#offset[0]) / v[0], y: (y * u[1] + sign * this.#offset[1]) / v[1], scale: scale * u[0] / v[0] });
  }

  #moved(pane) {
    if (!pane.slide)
      return;
    if (pane === (this.#leader ?? this.left))
      this.#follow();
    this.#settle();
  }

  #settle = later(250, () => {
    this.#powers();
    this.#write('replace');
  });

  // ---- patches

  async #clicked(side, { x, y }) {
    const pane = this[side], { slide, network } = pane;
    if (!network || x < 0 || y < 0 || x >= slide.width || y >= slide.height)
      return;
    await this.trying(async () => {
      const item = await server.at(slide.id, network.id, x, y);
      if (item)
        return this.choose(side, item, false);
      this.#forget();
      const [u, v, unit] = slide.mpp ? [...slide.mpp, 'µm'] : [1, 1, 'px'];
      this.patches.none(`Nothing was predicted at x ${number(x * u)} ${unit}, y ${number(y * v)} ${unit}.`);
      this.#side('patches');
      this.#write('replace');
    });
  }

  /** @param go whether to look there */
  async choose(side, item, go, how = 'push') {
    const { state } = this, pane = this[side], { slide, network } = pane, other = side === 'left' ? this.right : this.left;
    state.patch = { side, index: item.index };
    for (const each of this.panes)
      each.ink.patch = each.slide === slide ? item : null;
    if (go) {
      const { scale } = pane.view, small = item.width / scale < 24;
      this.#leader = pane;
      pane.look({ x: item.x + item.width / 2, y: item.y + item.height / 2, scale: small ? item.width / 96 : scale }, false);
    }
    this.#side('patches');
    const said = this.networks
      ? [{ network: other.network, item: await server.at(slide.id, other.network.id, item.x + item.width / 2, item.y + item.height / 2) }] : [];
    this.patches.show({ slide, network }, item, said);
    if (how)
      this.#write(how);
  }

  // ---- what is seen

  /** Shows what the state says; how: 'push' for a step that "back" undoes. */
  update(how = 'replace') {
    const { state } = this;
    this.layers.sync();
    for (const pane of this.panes) {
      pane.show(this.#wanted(pane));
      pane.ink.opacity = state.layers.annotations.on ? state.layers.annotations.opacity / 100 : 0;
      pane.viewer.forceRedraw();
    }
    document.body.classList.toggle('two', this.right !== null);
    one('#compare').setAttribute('aria-pressed', this.right !== null);
    one('#linking').hidden = this.right === null;
    one('#linked').checked = state.linked;
    one('#title').textContent = this.left.slide.name;
    document.title = `${this.left.slide.name} – slide viewer`;
    for (const button of document.querySelectorAll('#slides button'))
      button.toggleAttribute('aria-current', +button.dataset.slide === this.left.slide.id);
    this.patches.sync();
    this.#count();
    this.#powers();
    this.#write(how);
  }

  #wanted({ slide, network }) {
    const { state, left } = this, right = network !== left.network && this.right?.network === network;
    const shared = left.network && network && network.classes.every((known, k) => known.name === left.network.classes[k]?.name);
    const wanted = { slide: { ...server.layers.slide(slide.id), opacity: 0 } }, { layers } = state;
    const add = (name, source) => {
      if (layers[name].on)
        wanted[name] = { ...source, opacity: layers[name].opacity / 100 };
    };
    add('slide', server.layers.slide(slide.id));
    add('grey', server.layers.grey(slide.id));
    add('tissue', server.layers.tissue(slide.id));
    if (network) {
      const filter = state.only && (!right || shared) ? asked(this) : {};
      if (right && filter.differs != null)
        filter.differs = left.network.id;
      const hide = (right && !shared ? state.rightHide : state.hide).join();
      add('map', server.layers.map(slide.id, network.id, { style: state.style === 'outline' ? 'outline' : null, hide, ...filter }));
      add('grid', server.layers.grid(slide.id, network.id));
      const shown = network.classes.findIndex(known => known.name === left.network?.classes[state.shown]?.name);
      if (network.probabilities && shown >= 0)
        add('probability', server.layers.probability(slide.id, network.id, shown, state.above));
      if (this.networks)
        add('disagreement', server.layers.disagreement(slide.id, left.network.id, this.right.network.id));
    }
    return wanted;
  }

  async #count() {
    const key = this.networks ? [this.left.slide.id, this.left.network.id, this.right.network.id] : null, text = key?.join() ?? null;
    if (text === this.#compared)
      return;
    this.#compared = text;
    this.layers.disagree(null);
    if (key)
      await this.trying(async () => {
        const found = await server.disagreement(...key);
        if (text === this.#compared)
          this.layers.disagree(found);
      });
  }

  // ---- the address

  #write(how) {
    if (this.#restoring)
      return;
    const { state, left, right } = this, text = address.write(Object.assign(state, { view: left.view, rightView: right?.view ?? null }));
    if (text !== location.hash)
      history[how === 'push' ? 'pushState' : 'replaceState'](null, '', text);
  }

  /** Shows what the address says. */
  async restore() {
    this.#restoring = true;
    try {
      await this.#restore(address.read(location.hash));
    } finally {
      this.#restoring = false;
    }
    this.#write('replace');
  }

  async #restore(state) {
    const known = id => this.slides.some(slide => slide.id === id && !slide.error), first = this.slides.find(slide => !slide.error).id;
    for (const id of [state.slide, state.right?.slide])
      if (id != null && !known(id))
        this.notice(`The address asks for slide ${id}, which is not among those that can be shown here.`);
    this.state = state;
    this.#open('left', known(state.slide) ? state.slide : first, state.prediction);
    Object.assign(state, { slide: this.left.slide.id, prediction: this.left.network?.id ?? null });
    if (!state.right || !known(state.right.slide)) {
      this.right?.close();
      this.right = null;
      state.right = null;
    } else {
      this.right ??= this.#pane('right');
      this.#open('right', state.right.slide, state.right.prediction ?? 'none');
    }
    const { patch, filter } = state, beyond = (k, pane) => k >= (pane?.network?.classes.length ?? 0);
    Object.assign(state, { hide: state.hide.filter(k => !beyond(k, this.left)), rightHide: state.rightHide.filter(k => !beyond(k, this.right)) });
    Object.assign(filter, { class: beyond(filter.class, this.left) ? null : filter.class, label: beyond(filter.label, this.left) ? null : filter.label });
    this.#forget();
    state.patch = patch;
    this.left.look(state.view ?? this.left.whole);
    this.#relate();
    if (this.right && state.rightView) {
      this.right.look(state.rightView);
      this.#keep();
    }
    this.update();
    await this.trying(() => this.#arrive(state));
  }

  /** The patch that the address names, or the first that matches where it names a filter and no place. */
  async #arrive(state) {
    const { patch, filter, view } = state;
    if (patch && this[patch.side]?.network) {
      const { slide, network } = this[patch.side];
      await this.choose(patch.side, await server.item(slide.id, network.id, patch.index), !view, null);
    } else if (!view && this.left.network && (filter.class !== null || filter.label !== null))
      await this.patches.step(1);
  }

  // ---- the bar above

  #tools() {
    const does = (id, action) => one(id).addEventListener('click', action), led = () => this.panes.includes(this.#leader) ? this.#leader : this.left;
    does('#in', () => led().zoom(1.5));
    does('#out', () => led().zoom(1 / 1.5));
    does('#whole', () => led().look(led().whole, false));
    does('#compare', () => this.compare(this.right === null));
    does('#picture', () => this.trying(() => save(this)));
    does('#link', () => this.#link());
    one('#linked').addEventListener('change', event => {
      this.state.linked = event.target.checked;
      if (this.state.linked)
        this.#keep();
      this.update();
    });
    one('#power').addEventListener('change', event => {
      const pane = this.left, { slide } = pane;
      this.#leader = pane;
      pane.look({ ...pane.view, scale: event.target.value === '' ? pane.view.scale : (slide.power ?? 10 / slide.mpp[0]) / event.target.value }, false);
    });
    for (const [event, keys] of [['keydown', true], ['pointerdown', false]])
      addEventListener(event, () => document.body.classList.toggle('keys', keys), true);
    for (const button of document.querySelectorAll('.sides button'))
      button.addEventListener('click', () => this.#side(button.dataset.side));
  }

  /** On a narrow page either the layers or the patches stand beside the slide. */
  #side(shown) {
    document.body.dataset.side = shown;
    for (const button of document.querySelectorAll('.sides button'))
      button.setAttribute('aria-pressed', button.dataset.side === shown);
  }

  /** Objectives to zoom to; the one shown stands first. */
  #powers() {
    const select = one('#power'), { slide, view } = this.left;
    select.parentElement.hidden = !slide.power && !slide.mpp;
    if (select.parentElement.hidden)
      return;
    const now = (slide.power ?? 10 / slide.mpp[0]) / view.scale, text = value => `${number(value, value < 10 ? value < 1 ? 2 : 1 : 0)}×`;
    if (select.options[0]?.textContent === text(now))
      return;
    select.replaceChildren(make('option', { value: '' }, text(now)), ...powers.filter(power => power <= 2 * (slide.power ?? 10 / slide.mpp[0]))
      .map(power => make('option', { value: power }, `${power}×`)));
  }

  async #link() {
    this.#write('replace');
    try {
      await navigator.clipboard.writeText(location.href);
      one('#said').textContent = 'The link to this place was copied.';
      one('#link').textContent = 'Copied';
      setTimeout(() => { one('#link').textContent = 'Copy link'; }, 2000);
    } catch {
      this.notice(`The browser does not let this page copy. The link: ${location.href}`);
    }
  }

  #list() {
    const list = one('#slides ul');
    one('#slides').hidden = this.slides.length < 2;
    list.append(...this.slides.map(slide => {
      const picture = slide.error ? make('span', { className: 'broken', 'aria-hidden': 'true' })
        : make('img', { src: server.thumbnail(slide.id), alt: '', loading: 'lazy' });
      const button = make('button', { type: 'button', disabled: Boolean(slide.error) }, picture, make('span', {}, slide.name,
        slide.error ? make('span', { className: 'quiet' }, slide.error) : null));
      button.dataset.slide = slide.id;
      button.addEventListener('click', () => this.#switch('left', slide.id));
      return make('li', {}, button);
    }));
  }

  // ---- errors in words

  async trying(action) {
    try {
      return await action();
    } catch (error) {
      this.notice(error.message);
    }
  }

  /** A picture did not come: asks why, once for many. */
  async failed(url) {
    if (this.#failing)
      return;
    this.#failing = true;
    const why = await server.reason(url);
    if (why)
      this.notice(why === server.gone ? why : `A part of the picture cannot be shown: ${why}`);
    setTimeout(() => { this.#failing = false; }, 500);
  }

  notice(text) {
    const list = one('#notices');
    if ([...list.children].some(known => known.firstChild.textContent === text))
      return;
    const close = make('button', { type: 'button', 'aria-label': 'Close this message' }, '×'), line = make('p', {}, make('span', {}, text), close);
    close.addEventListener('click', () => line.remove());
    list.append(line);
    while (list.children.length > 3)
      list.firstChild.remove();
  }
}

const app = new App();
// For tests, and for who wants to look closer.
window.viewer = app;
app.start().catch(error => app.notice(error.message));
