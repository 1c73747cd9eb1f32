// Patches that match, one after another, and what is known of the chosen one.
import { chip, later, make, number, one } from './dom.js';
import * as server from './server.js';

/** Classes whose probability is shown. */
const most = 20;

/** The filter as the server takes it. */
export const asked = app => ({ ...app.state.filter, differs: app.state.filter.differs && app.networks ? app.right.network.id : null });

export class Patches {
  #lists = null;
  #asked = null;

  constructor(app) {
    this.app = app;
    const take = () => {
      const { filter } = app.state, choice = id => one(id).value === '' ? null : +one(id).value;
      const share = id => one(id).value === '' ? null : Math.min(1, Math.max(0, +one(id).value));
      Object.assign(filter, { class: choice('#filter-class'), label: choice('#filter-label'), from: share('#filter-from'), to: share('#filter-to'),
        wrong: one('#filter-wrong').checked, differs: one('#filter-differs').checked });
      app.state.only = one('#filter-only').checked;
      changed();
    };
    const changed = later(200, () => app.update());
    for (const name of ['class', 'label', 'from', 'to', 'wrong', 'differs', 'only'])
      one(`#filter-${name}`).addEventListener('change', take);
    one('#next').addEventListener('click', () => this.step(1));
    one('#previous').addEventListener('click', () => this.step(-1));
    addEventListener('keydown', event => {
      const step = { n: 1, p: -1 }[event.key.toLowerCase()];
      if (step && app.left.network && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.matches('input[type=number], select'))
        this.step(step);
    });
  }

  /** Shows what the state says. */
  sync() {
    const { app } = this, { filter, only } = app.state, { network, slide } = app.left;
    document.body.classList.toggle('bare', !network && !app.right?.network);
    const key = network && `${slide.id}.${network.id}`;
    if (key !== this.#lists) {
      this.#lists = key;
      for (const id of ['#filter-class', '#filter-label'])
        one(id).replaceChildren(make('option', { value: '' }, 'any'), ...(network?.classes ?? []).map((known, k) => make('option', { value: k }, known.name)));
    }
    for (const name of ['class', 'label', 'from', 'to'])
      if (document.activeElement !== one(`#filter-${name}`))
        one(`#filter-${name}`).value = filter[name] ?? '';
    one('#filter-wrong').checked = filter.wrong;
    one('#filter-differs').checked = filter.differs;
    one('#filter-only').checked = only;
    one('#known').hidden = one('#wrong').hidden = !network?.labelled;
    one('#differ').hidden = !app.networks;
    one('#network').textContent = network ? `Predicted by ${network.name}: ${number(network.count)} patches` : '';
    const question = JSON.stringify([key, asked(app)]);
    if (network && question !== this.#asked) {
      this.#asked = question;
      this.#count();
    }
  }

  async #count() {
    const { slide, network } = this.app.left, question = this.#asked;
    await this.app.trying(async () => {
      const { count } = await server.find(slide.id, network.id, asked(this.app), 1, null);
      if (question === this.#asked)
        this.#found(count, 0);
    });
  }

  #found(count, position) {
    one('#found').textContent = position ? `${number(position)} of ${number(count)}` : count === 1 ? '1 matches' : `${number(count)} match`;
    one('#next').disabled = one('#previous').disabled = count === 0;
  }

  /** The next patch that matches, or the one before; from the last on to the first. */
  async step(step) {
    const { app } = this, { slide, network } = app.left, { patch } = app.state;
    await app.trying(async () => {
      const { count, position, item } = await server.find(slide.id, network.id, asked(app), step, patch?.side === 'left' ? patch.index : null);
      this.#found(count, position);
      if (item)
        app.choose('left', item, true);
    });
  }

  /** Says that there is nothing. */
  none(text) {
    one('#patch').replaceChildren(make('h2', {}, 'Chosen patch'), make('p', { className: 'quiet' }, text));
    one('#said').textContent = text;
  }

  /** @param others what other networks say there: { network, item } */
  show({ slide, network }, item, others) {
    const known = network.classes[item.class], { mpp } = slide, right = item.label === null ? null : item.label === item.class;
    const place = mpp ? `x ${number(item.x * mpp[0])} µm, y ${number(item.y * mpp[1])} µm` : null;
    const pixels = `x ${number(item.x)} px, y ${number(item.y)} px`;
    const facts = [
      place && ['Place', place],
      mpp && ['Size', `${number(item.width * mpp[0])} × ${number(item.height * mpp[1])} µm`],
      ['In level 0', pixels, make('br'), `${number(item.width)} × ${number(item.height)} px`],
      ['Patch', `${number(item.index + 1)} of ${number(network.count)}`],
    ];
    const image = make('img', { src: server.picture(slide.id, network.id, item.index), alt: `The patch as the network saw it: ${known.name}` });
    image.addEventListener('error', () => this.app.failed(image.src));
    const verdict = make('p', { className: 'verdict' }, chip(known.color), make('b', {}, known.name),
      known.label && known.label !== known.name ? make('span', { className: 'quiet' }, known.label) : null,
      make('span', { className: 'value' }, item.probability.toFixed(3)),
      right === null ? null : make('span', { className: 'known' }, right ? 'Right: known as ' : 'Wrong: known as ', chip(network.classes[item.label].color),
        ` ${network.classes[item.label].name}`));
    one('#patch').replaceChildren(make('h2', {}, 'Chosen patch'), make('div', { className: 'chosen' }, image, verdict), ...others.map(other =>
      make('p', { className: 'others' }, `${other.network.name}: `, ...other.item ? [chip(other.network.classes[other.item.class].color),
        ` ${other.network.classes[other.item.class].name} ${other.item.probability.toFixed(3)}`] : ['nothing predicted here'])),
      make('dl', {}, ...facts.filter(Boolean).flatMap(([term, ...said]) => [make('dt', {}, term), make('dd', {}, ...said)])),
      item.probabilities ? this.#bars(network, item) : make('p', { className: 'quiet' }, 'The probabilities of the other classes were not kept.'));
    one('#said').textContent = `${known.name}${known.label && known.label !== known.name ? `, ${known.label}` : ''}, probability ${item.probability.toFixed(3)}`
      + `${right === null ? '' : right ? ', right' : `, wrong: known as ${network.classes[item.label].name}`}, at ${place ?? pixels}.`;
  }

  #bars(network, item) {
    const sorted = item.probabilities.map((value, k) => ({ value, known: network.classes[k] })).sort((a, b) => b.value - a.value);
    const rows = sorted.slice(0, most).map(({ value, known }) => {
      const bar = make('span', { className: 'share' });
      bar.style.width = `${100 * value}%`;
      bar.style.backgroundColor = known.color;
      return make('tr', {}, make('th', { scope: 'row', title: known.label ?? known.name }, known.name), make('td', { className: 'bars' }, bar),
        make('td', { className: 'value' }, value.toFixed(3)));
    });
    const head = make('tr', {}, ...['Class', 'As a bar', 'Value'].map(name => make('th', { scope: 'col' }, name)));
    const rest = sorted.length > most ? `Probability of the ${most} likeliest of ${number(sorted.length)} classes` : 'Probability of each class';
    return make('table', {}, make('caption', {}, rest), make('thead', { className: 'unseen' }, head), make('tbody', {}, ...rows));
  }
}
