// What the server is asked, and how its addresses are made: relative ones, so that the page also works below a path.

export const gone = 'The program that shows this slide does not answer any more. It ends with the notebook or the command that began it: '
  + 'start that again and open the address it gives.';

/** The answer to a question. Throws with the server's words, or with our own where there is no server. */
export async function ask(address) {
  let answer;
  try {
    answer = await fetch(address);
  } catch {
    throw new Error(gone);
  }
  if (!answer.ok)
    throw new Error(await answer.json().then(body => body.error, () => null) ?? `The viewer's program answered ${answer.status} to ${address}.`);
  return answer.json();
}

/** Why an image did not come. */
export async function reason(address) {
  try {
    const answer = await fetch(address, { cache: 'reload' });
    return answer.ok ? null : (await answer.json()).error;
  } catch {
    return gone;
  }
}

/** "?a=1&b=2" of what is neither null nor empty nor false. */
export function query(values) {
  const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
  return kept.length ? '?' + kept.map(([name, value]) => `${name}=${encodeURIComponent(value === true ? 1 : value)}`).join('&') : '';
}

const of = slide => `api/slides/${slide}`;
const tiles = (path, ending, values = {}) => ({ path, ending: ending + query(values) });

export const slides = () => ask('api/slides');
export const thumbnail = slide => `${of(slide)}/thumbnail.jpg`;
export const annotations = slide => ask(`${of(slide)}/annotations`);
export const at = (slide, network, x, y) => ask(`${of(slide)}/predictions/${network}/at${query({ x: x.toFixed(2), y: y.toFixed(2) })}`);
export const item = (slide, network, index) => ask(`${of(slide)}/predictions/${network}/items/${index}`);
export const find = (slide, network, filter, step, after) =>
  ask(`${of(slide)}/predictions/${network}/find${query({ ...filter, step, after })}`);
export const picture = (slide, network, index) => `${of(slide)}/predictions/${network}/patch/${index}.jpg`;
export const disagreement = (slide, one, other) => ask(`${of(slide)}/disagreement/${one}/${other}`);

/** Tiles of each layer: what comes before and after "level/x_y". */
export const layers = {
  slide: slide => tiles(`${of(slide)}/tiles`, '.jpg'),
  grey: slide => tiles(`${of(slide)}/tiles`, '.jpg', { grey: 1 }),
  tissue: slide => tiles(`${of(slide)}/tissue`, '.png'),
  grid: (slide, network) => tiles(`${of(slide)}/grid/${network}`, '.png'),
  map: (slide, network, values) => tiles(`${of(slide)}/map/${network}`, '.png', values),
  probability: (slide, network, shown, from) => tiles(`${of(slide)}/probability/${network}/${shown}`, '.png', { from }),
  disagreement: (slide, one, other) => tiles(`${of(slide)}/disagreement/${one}/${other}`, '.png'),
};
