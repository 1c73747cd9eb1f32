// The view as text behind the # of the address, so that a link shows the same place.

/** Opacity in percent of each layer as the page opens; where "on" is false, as it is when switched on. */
export const defaults = {
  slide: { on: true, opacity: 100 }, grey: { on: false, opacity: 100 }, map: { on: true, opacity: 50 }, probability: { on: false, opacity: 60 },
  disagreement: { on: false, opacity: 70 }, grid: { on: false, opacity: 80 }, tissue: { on: false, opacity: 100 }, annotations: { on: true, opacity: 100 },
};

export const fresh = () => ({
  slide: null, prediction: null, view: null, layers: structuredClone(defaults), style: 'filled', shown: null, above: 0.5, hide: [], rightHide: [],
  filter: { class: null, label: null, from: null, to: null, wrong: false, differs: false }, only: false, patch: null, right: null, rightView: null,
  linked: true,
});

const round = (value, digits) => String(+value.toFixed(digits));
const viewText = view => view && [round(view.x, 1), round(view.y, 1), view.scale.toPrecision(5)].map(Number).join();

export function write(state) {
  const { filter, patch } = state, values = {
    slide: state.slide, prediction: state.prediction ?? 'none', view: viewText(state.view),
    layers: Object.entries(state.layers).filter(([, layer]) => layer.on).map(([name, layer]) => `${name}:${layer.opacity}`).join(),
    style: state.style === 'outline' ? 'outline' : null, shown: state.layers.probability.on ? state.shown : null,
    above: state.above === 0.5 ? null : state.above,
    hide: state.hide.join(), class: filter.class, label: filter.label, from: filter.from, to: filter.to, wrong: filter.wrong ? 1 : null,
    differs: filter.differs ? 1 : null, only: state.only ? 1 : null, patch: patch && `${patch.side === 'right' ? 'right.' : ''}${patch.index}`,
    right: state.right && `${state.right.slide}.${state.right.prediction ?? 'none'}`, rightView: state.right && viewText(state.rightView),
    rightHide: state.right && state.rightHide.join(), apart: state.right && !state.linked ? 1 : null,
  };
  return '#' + Object.entries(values).filter(([, value]) => value !== null && value !== '').map(([name, value]) => `${name}=${value}`).join('&');
}

const number = text => text === null || text === '' || !Number.isFinite(+text) ? null : +text;
const whole = text => Number.isInteger(number(text)) && number(text) >= 0 ? number(text) : null;
const share = text => number(text) === null ? null : Math.min(1, Math.max(0, number(text)));
const list = text => (text ?? '').split(',').map(whole).filter(value => value !== null);

function viewOf(text) {
  const [x, y, scale] = (text ?? '').split(',').map(number);
  return x === null || y == null || !(scale > 0) ? null : { x, y, scale };
}

/** What is said; what is not, or makes no sense, is as the page opens. */
export function read(text) {
  const said = new URLSearchParams(text.replace(/^#/, '')), state = fresh(), get = name => said.get(name);
  Object.assign(state, {
    slide: whole(get('slide')), prediction: get('prediction') === 'none' ? 'none' : whole(get('prediction')), view: viewOf(get('view')),
    style: get('style') === 'outline' ? 'outline' : 'filled', shown: whole(get('shown')), above: share(get('above')) ?? 0.5,
    hide: list(get('hide')), rightHide: list(get('rightHide')), only: get('only') === '1', linked: get('apart') !== '1',
    filter: { class: whole(get('class')), label: whole(get('label')), from: share(get('from')), to: share(get('to')), wrong: get('wrong') === '1',
      differs: get('differs') === '1' },
  });
  const patch = /^(right\.)?(\d+)$/.exec(get('patch') ?? '');
  if (patch)
    state.patch = { side: patch[1] ? 'right' : 'left', index: +patch[2] };
  const right = /^(\d+)\.(\d+|none)$/.exec(get('right') ?? '');
  if (right)
    Object.assign(state, { right: { slide: +right[1], prediction: right[2] === 'none' ? null : +right[2] }, rightView: viewOf(get('rightView')) });
  if (said.has('layers')) {
    for (const layer of Object.values(state.layers))
      layer.on = false;
    for (const [name, opacity] of get('layers').split(',').map(part => part.split(':')))
      if (Object.hasOwn(state.layers, name))
        state.layers[name] = { on: true, opacity: Math.min(100, Math.max(0, number(opacity ?? null) ?? state.layers[name].opacity)) };
  }
  return state;
}
