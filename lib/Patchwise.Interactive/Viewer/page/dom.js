// Elements, numbers and words as the page writes them.

export const one = (query, inside = document) => inside.querySelector(query);

/** An element with properties (those with a dash are attributes) and children (elements or text; null is left out). */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name.includes('-') || name === 'role')
      element.setAttribute(name, value);
    else
      element[name] = value;
  element.append(...children.filter(child => child !== null));
  return element;
}

/** A square in the color of a class; its name stands beside it. */
export function chip(color) {
  const square = make('span', { className: 'chip', 'aria-hidden': 'true' });
  square.style.backgroundColor = color;
  return square;
}

export const number = (value, digits = 0) => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A length in microns, of which there may be many. */
export const length = microns => microns >= 1000 ? `${number(microns / 1000, microns % 1000 ? 2 : 0)} mm`
  : `${number(microns, microns < 10 && microns % 1 ? 1 : 0)} µm`;

/** Calls once, when nobody has asked again for a while. */
export function later(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}
