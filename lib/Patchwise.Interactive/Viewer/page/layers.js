// The layers with their opacity and the legends whose classes can be hidden. It shows app.state and changes it.
import { chip, later, make, number, one } from './dom.js';

const names = {
  slide: 'Slide', grey: 'Slide in grey', map: 'Classes', probability: 'Probability', disagreement: 'Disagreement', grid: 'Patch grid',
  tissue: 'Tissue outline', annotations: 'Annotations',
};

const sameClasses = (a, b) => a.classes.length === b.classes.length && a.classes.every((known, k) => known.name === b.classes[k].name);

/** The networks on show whose classes have a legend of their own, each with the name of its list of hidden classes. */
export const legends = app => [[app.left, 'hide'], [app.right, 'rightHide']].filter(([pane]) => pane?.network)
  .map(([pane, hide]) => ({ pane, hide, network: pane.network }))
  .filter(({ network }, i, all) => i === 0 || !sameClasses(network, all[0].network));

export class Layers {
  #rows = {};
  #legend = null;

  constructor(app) {
    this.app = app;
    for (const name of Object.keys(names))
      one('#rows').append(this.#rows[name] = this.#row(name));
    this.#extras();
  }

  #row(name) {
    const { app } = this, layer = () => app.state.layers[name];
    const on = make('input', { type: 'checkbox', id: `layer-${name}` });
    const opacity = make('input', { type: 'range', min: 0, max: 100, step: 5, 'aria-label': `Opacity of: ${names[name]}` });
    const percent = make('span', { className: 'percent', 'aria-hidden': 'true' });
    on.addEventListener('change', () => {
      layer().on = on.checked;
      this.#exclude(name);
      app.update();
    });
    opacity.addEventListener('input', () => {
      Object.assign(layer(), { on: true, opacity: +opacity.value });
      this.#exclude(name);
      app.update();
    });
    const more = make('div', { className: 'more' });
    const row = make('div', { className: 'row', id: `row-${name}` }, make('label', { className: 'plain' }, on, ' ', names[name]), opacity, percent, more);
    row.more = more;
    row.sync = () => {
      on.checked = layer().on;
      more.hidden = !layer().on;
      opacity.value = layer().opacity;
      percent.textContent = `${layer().opacity} %`;
      opacity.setAttribute('aria-valuetext', percent.textContent);
    };
    return row;
  }

  /** Of fillings that lie over each other none is seen. */
  #exclude(name) {
    const { layers, style } = this.app.state, fillings = ['probability', 'disagreement', ...style === 'filled' ? ['map'] : []];
    if (layers[name].on && fillings.includes(name))
      for (const other of fillings.filter(one => one !== name))
        layers[other].on = false;
  }

  #extras() {
    const { app } = this;
    this.style = make('select', { id: 'style' }, make('option', { value: 'filled' }, 'filled'), make('option', { value: 'outline' }, 'outlined'));
    this.style.addEventListener('change', () => {
      app.state.style = this.style.value;
      // A line covers little, and so may be opaque.
      app.state.layers.map = { on: true, opacity: this.style.value === 'outline' ? 100 : 50 };
      this.#exclude('map');
      app.update();
    });
    this.#rows.map.more.append(make('label', { className: 'field' }, 'Drawn ', this.style));
    this.shown = make('select', { id: 'shown' });
    this.above = make('input', { type: 'range', id: 'above', min: 0, max: 1, step: 0.01 });
    this.least = make('output', { htmlFor: 'above' });
    this.heat = make('div', { className: 'heat', role: 'img' });
    const changed = later(120, () => app.update());
    const probability = () => {
      Object.assign(app.state, { shown: +this.shown.value, above: +this.above.value });
      app.state.layers.probability.on = true;
      this.#exclude('probability');
      this.sync();
      changed();
    };
    this.shown.addEventListener('change', probability);
    this.above.addEventListener('input', probability);
    this.#rows.probability.more.append(make('label', { className: 'field' }, 'Class ', this.shown),
      make('label', { className: 'field' }, 'At least ', this.above, this.least), this.heat);
    this.count = make('p', { className: 'quiet' });
    this.#rows.disagreement.more.append(this.count);
  }

  /** Shows what the state says. */
  sync() {
    const { app } = this, { state } = app, { network, slide } = app.left, two = app.networks;
    for (const row of Object.values(this.#rows))
      row.sync();
    const here = {
      map: network, probability: network?.probabilities, grid: network, disagreement: two, annotations: slide?.annotations || app.right?.slide?.annotations,
    };
    for (const [name, there] of Object.entries(here))
      this.#rows[name].hidden = !there;
    this.style.value = state.style;
    this.#legends();
    this.shown.value = state.shown;
    this.above.value = state.above;
    this.least.textContent = state.above.toFixed(2);
    for (const box of document.querySelectorAll('#legends input'))
      box.checked = !state[box.dataset.hide].includes(+box.value);
    this.heat.style.background = `linear-gradient(to right, transparent ${100 * state.above}%, ${this.#stops(state.above).join()})`;
    this.heat.setAttribute('aria-label', `Colors of probabilities from ${state.above.toFixed(2)} (shown from here on) to 1: from dark blue to yellow`);
  }

  /** The colors belong to the probabilities from 0 to 1; those below the threshold are not shown. */
  #stops(above) {
    return this.app.heat.map((color, i, all) => [i / (all.length - 1), color]).filter(([at]) => at >= above).map(([at, color]) => `${color} ${100 * at}%`);
  }

  disagree(found) {
    this.count.textContent = found ? `${number(found.count)} of ${number(found.of)} patches (${number(100 * found.count / Math.max(1, found.of), 1)} %)` : '';
  }

  #legends() {
    const { app } = this, shown = legends(app), key = shown.map(({ pane, network }) => `${pane.slide.id}.${network.id}`).join();
    if (key === this.#legend)
      return;
    this.#legend = key;
    one('#legends').replaceChildren(...shown.map(legend => this.#section(legend, shown.length > 1)));
    const classes = app.left.network?.classes ?? [];
    this.shown.replaceChildren(...classes.map((known, k) => make('option', { value: k }, known.name)));
    if (!classes[app.state.shown])
      app.state.shown = classes.reduce((most, known, k) => known.count > classes[most].count ? k : most, 0);
  }

  #section({ hide, network }, named) {
    const { app } = this, every = network.classes.map((_, k) => k);
    const all = (text, hidden) => {
      const button = make('button', { type: 'button', className: 'small' }, text);
      button.addEventListener('click', () => {
        app.state[hide] = hidden;
        app.update();
      });
      return button;
    };
    // Of very many classes most occur nowhere.
    const listed = known => network.classes.length <= 40 || known.count > 0;
    const list = make('ul', { className: 'legend' }, ...network.classes.map((known, k) => {
      if (!listed(known))
        return '';
      const box = make('input', { type: 'checkbox', value: k });
      box.dataset.hide = hide;
      box.addEventListener('change', () => {
        app.state[hide] = box.checked ? app.state[hide].filter(one => one !== k) : [...app.state[hide], k].sort((a, b) => a - b);
        app.update();
      });
      return make('li', {}, make('label', { className: 'plain' }, box, chip(known.color), make('span', { className: 'class' }, make('b', {}, known.name),
        known.label && known.label !== known.name ? make('span', { className: 'quiet' }, known.label) : null),
        make('span', { className: 'count' }, number(known.count))));
    }));
    return make('section', {}, make('h2', {}, named ? `Classes of ${network.name}` : 'Classes'),
      make('p', { className: 'both' }, make('span', { className: 'quiet' }, 'Patches of each'), make('span', {}, all('All', []), all('None', every))),
      list);
  }
}
