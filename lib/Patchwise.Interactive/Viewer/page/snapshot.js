// What is seen as one picture, with scale bar and legend, drawn at the density of the screen.
import { bar, magnification } from './ink.js';
import { legends } from './layers.js';

const font = '13px system-ui, sans-serif', ink = '#1b2328', margin = 12, line = 20;

/** The picture of all panes side by side. */
export function snapshot(app) {
  const panes = [app.left, app.right].filter(Boolean), dense = window.devicePixelRatio, gap = 4;
  const width = panes.reduce((sum, pane) => sum + pane.size.width + gap, -gap), high = panes[0].size.height, head = line + 8;
  const canvas = document.createElement('canvas'), context = canvas.getContext('2d');
  context.font = font;
  const entries = place(context, notes(app), width), foot = entries.length ? entries.at(-1).y + line + margin : 0;
  Object.assign(canvas, { width: Math.round(width * dense), height: Math.round((head + high + foot) * dense) });
  context.scale(dense, dense);
  Object.assign(context, { font, fillStyle: '#ffffff', textBaseline: 'middle' });
  context.fillRect(0, 0, width, head + high + foot);
  let left = 0;
  for (const pane of panes) {
    context.fillStyle = ink;
    context.fillText(title(pane), left + margin, head / 2, pane.size.width - 2 * margin);
    context.drawImage(pane.viewer.drawer.canvas, left, head, pane.size.width, high);
    ruler(context, pane, left + margin, head + high - margin);
    left += pane.size.width + gap;
  }
  for (const { x, y, color, text, heat } of entries) {
    const at = head + high + y + line / 2;
    if (heat) {
      const blend = context.createLinearGradient(x, 0, x + 60, 0);
      heat.forEach((one, i) => blend.addColorStop(i / (heat.length - 1), one));
      context.fillStyle = blend;
    } else
      context.fillStyle = color;
    context.fillRect(x, at - 7, heat ? 60 : 14, 14);
    context.strokeStyle = ink;
    context.strokeRect(x + 0.5, at - 6.5, heat ? 59 : 13, 13);
    context.fillStyle = ink;
    context.fillText(text, x + (heat ? 66 : 20), at);
  }
  return canvas;
}

const title = ({ slide, network }) => network ? `${slide.name} · ${network.name}` : slide.name;

/** What the legend says: the classes that are seen, and the layers that have colors of their own. */
function notes(app) {
  const { state } = app, on = name => state.layers[name].on, found = [];
  if (on('map'))
    for (const { network, hide } of legends(app))
      network.classes.forEach((known, k) => {
        if (!state[hide].includes(k) && known.count > 0)
          found.push({ color: known.color, text: known.label && known.label !== known.name ? `${known.name}: ${known.label}` : known.name });
      });
  if (on('probability') && app.left.network?.probabilities)
    found.push({ heat: app.heat, text: `probability of ${app.left.network.classes[state.shown].name} from 0 to 1, shown from ${state.above.toFixed(2)} on` });
  if (on('disagreement') && app.networks)
    found.push({ color: '#d55e00', text: 'the networks disagree' });
  return found;
}

/** Entries beside and below each other, as they fit. */
function place(context, entries, width) {
  let x = margin, y = margin / 2;
  return entries.map(entry => {
    const wide = context.measureText(entry.text).width + (entry.heat ? 66 : 20);
    if (x > margin && x + wide > width - margin)
      x = margin, y += line;
    const placed = { ...entry, x, y };
    x += wide + 18;
    return placed;
  });
}

function ruler(context, { slide, view: { scale } }, left, bottom) {
  const { pixels, text } = bar(slide, scale), words = `${text} · ${magnification(slide, scale)}`;
  const wide = Math.max(pixels, context.measureText(words).width) + 16;
  context.fillStyle = '#ffffffe6';
  context.fillRect(left, bottom - 38, wide, 38);
  context.fillStyle = ink;
  context.fillText(words, left + 8, bottom - 26);
  context.fillRect(left + 8, bottom - 12, pixels, 5);
}

/** Saves it as a file of the user's. */
export async function save(app) {
  const blob = await new Promise(done => snapshot(app).toBlob(done, 'image/png')), { slide, view } = app.left;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${slide.name.replace(/\.[^.]*$/, '')}-x${Math.round(view.x)}-y${Math.round(view.y)}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
