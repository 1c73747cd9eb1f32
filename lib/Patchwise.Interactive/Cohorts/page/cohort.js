// The table of slides: only the rows of one page are elements, so that ten thousand slides stay usable. Texts are set as text, never as HTML.
(function () {
  const box = document.getElementById('cohort'), all = JSON.parse(document.getElementById('slides').textContent), rows = 50;
  const classes = JSON.parse(box.dataset.classes), most = 24;
  const percent = value => (100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0) + '\u00a0%';
  function make(name, parent, text, as) {
    const one = document.createElement(name);
    if (text !== undefined) one.textContent = text;
    if (as) one.className = as;
    if (parent) parent.appendChild(one);
    return one;
  }
  const shareOf = (slide, k) => slide.shares === null ? null : k in slide.shares ? slide.shares[k] : 0;
  const brief = name => name.length > 30 ? name.slice(0, 29) + '…' : name;
  // Those that occur; of very many the key names the most frequent, and the others are found by their names.
  const occur = classes.map((one, k) => ({ ...one, k, sum: all.reduce((sum, slide) => sum + (shareOf(slide, k) || 0), 0) })).filter(one => one.occurs);
  const many = occur.length > most, often = many ? [...occur].sort((a, b) => b.sum - a.sum).slice(0, most) : occur;
  const listed = many ? [...occur].sort((a, b) => a.name.localeCompare(b.name, 'en')) : occur;
  // Failed slides are odd, too, but tell nothing of the others.
  const oddness = slide => slide.odd !== null ? slide.odd : slide.failure ? 0 : null;
  const columns = [
    { name: 'slide and map', cell: pictures },
    { name: 'slide', of: slide => slide.id, cell: names, as: 'id' },
    { name: 'unlike the others', of: oddness, cell: why, as: 'why', down: true },
    { name: 'tissue, mm²', of: slide => slide.tissue, show: value => value.toLocaleString('en', { maximumFractionDigits: value < 0.1 ? 4 : value < 10 ? 2 : 0 }), down: true },
    { name: 'in focus', of: slide => slide.focus, show: percent },
    { name: 'stain off, °', of: slide => slide.stain, show: value => value.toFixed(0), down: true },
    { name: 'classes', of: slide => shareOf(slide, chosen), cell: shares, as: 'shares', down: true },
    { name: 'mean confidence', of: slide => slide.confidence, show: value => value.toFixed(2) },
    { name: 'low confidence', of: slide => slide.low, show: percent, down: true },
  ];
  let chosen = often.length ? often[0].k : 0, sorted = columns[2], down = true, page = 0, shown = [];

  const bar = make('div', box, undefined, 'bar');
  const search = make('input', make('label', bar, 'find '));
  search.type = 'search';
  search.placeholder = 'name, label or reason';
  const only = select('show ', ['all slides', 'unlike the others', 'failed or missing', 'done']);
  const by = select('sort by the share of ', ['–', ...listed.map(one => one.name)]);
  const count = make('span', bar), back = make('button', bar, '‹ back'), next = make('button', bar, 'next ›');
  const key = make('div', box, undefined, 'key');
  for (const one of often) {
    const entry = make('span', key);
    make('i', entry).style.background = one.color;
    entry.append(entry.title = one.title === one.name ? one.name : `${one.name}: ${one.title}`);
  }
  if (many) make('span', key, `and ${(occur.length - most).toLocaleString('en')} more: their names are at each slide, their numbers in cohort.csv`);
  const table = make('table', make('div', box, undefined, 'table')), head = make('tr', make('thead', table)), body = make('tbody', table);
  for (const column of columns) {
    const cell = make('th', head);
    cell.scope = 'col';
    column.head = cell;
    if (!column.of) { make('button', cell, column.name).disabled = true; continue; }
    make('button', cell, column.name).addEventListener('click', () => {
      down = sorted === column ? !down : !!column.down;
      sorted = column;
      by.selectedIndex = column === columns[6] ? listed.findIndex(one => one.k === chosen) + 1 : 0;
      arrange();
    });
  }
  search.addEventListener('input', arrange);
  only.addEventListener('change', arrange);
  by.addEventListener('change', () => {
    if (by.selectedIndex > 0) chosen = listed[by.selectedIndex - 1].k;
    sorted = columns[by.selectedIndex > 0 ? 6 : 2];
    down = true;
    arrange();
  });
  back.addEventListener('click', () => { page--; draw(); });
  next.addEventListener('click', () => { page++; draw(); });
  if (listed.length === 0) by.parentNode.style.display = 'none';
  arrange();

  function select(label, names) {
    const one = make('select', make('label', bar, label));
    for (const name of names) make('option', one, name);
    return one;
  }

  function arrange() {
    const words = search.value.trim().toLowerCase();
    shown = all.filter(slide => (only.selectedIndex === 0 || (only.selectedIndex === 1 ? slide.odd !== null
      : only.selectedIndex === 2 ? slide.failure !== null : slide.failure === null))
      && (words === '' || [slide.id, slide.label, slide.group, slide.failure, slide.scanner, ...(slide.why || [])].some(text =>
        text !== null && text.toLowerCase().includes(words))));
    // What is not known comes last whichever way; equal ones stay in the order of the list.
    shown = shown.map((slide, place) => ({ slide, place, value: sorted.of(slide) })).sort((a, b) => {
      const none = one => one.value === null || one.value === undefined;
      if (none(a) || none(b)) return none(a) - none(b) || a.place - b.place;
      const order = typeof a.value === 'string' ? a.value.localeCompare(b.value, 'en', { numeric: true }) : a.value - b.value;
      return (down ? -order : order) || a.place - b.place;
    }).map(one => one.slide);
    for (const column of columns) {
      if (!column.of) continue;
      column.head.setAttribute('aria-sort', column !== sorted ? 'none' : down ? 'descending' : 'ascending');
      column.head.firstChild.textContent = column.name + (column !== sorted ? '' : down ? ' ▼' : ' ▲');
    }
    page = 0;
    draw();
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / rows)), first = page * rows;
    count.textContent = shown.length === 0 ? 'no slide' : `${(first + 1).toLocaleString('en')} to ${Math.min(first + rows, shown.length)
      .toLocaleString('en')} of ${shown.length.toLocaleString('en')} slides`;
    back.disabled = page === 0;
    next.disabled = page >= pages - 1;
    body.replaceChildren();
    for (const slide of shown.slice(first, first + rows)) {
      const row = make('tr', body);
      for (const column of columns) {
        const cell = make('td', row, undefined, column.as || (column.show ? 'number' : ''));
        if (column.cell) column.cell(cell, slide);
        else if (column.of(slide) !== null) cell.textContent = column.show(column.of(slide));
        else cell.textContent = '–';
      }
    }
  }

  function pictures(cell, slide) {
    const both = make('div', cell, undefined, 'pictures');
    for (const [address, what] of [[slide.thumbnail, 'slide'], [slide.map, 'map']]) {
      if (address === null) { make('span', both, `no ${what}`); continue; }
      const link = make('a', both), image = make('img', link);
      link.href = address;
      link.target = '_blank';
      link.rel = 'noopener';
      image.loading = 'lazy';
      image.alt = `${what} of ${slide.id}`;
      image.src = address;
    }
  }

  function names(cell, slide) {
    make('b', cell, slide.id);
    if (slide.label !== null) make('small', cell, `label: ${slide.label}`);
    if (slide.group !== null) make('small', cell, `group: ${slide.group}`);
    if (slide.scanner !== null || slide.mpp !== null)
      make('small', cell, [slide.scanner, slide.mpp === null ? 'resolution not known' : `${slide.mpp} µm/px`].filter(text => text !== null).join(', '));
  }

  function why(cell, slide) {
    if (slide.failure !== null) make('span', cell, slide.failure, 'failure');
    const reasons = slide.why || [];
    for (const reason of reasons.slice(0, 3)) make('span', cell, reason, 'odd');
    if (reasons.length > 3) make('small', cell, `and ${reasons.length - 3} more`).title = reasons.slice(3).join('\n');
    for (const note of slide.notes || []) make('small', cell, note);
  }

  function shares(cell, slide) {
    if (slide.shares === null) { cell.textContent = '–'; return; }
    const stack = make('div', cell, undefined, 'stack');
    const known = Object.entries(slide.shares).map(([k, share]) => ({ share: share || 0, index: +k }));
    const draw = (share, color, title) => {
      const part = make('div', stack);
      part.style.cssText = `width:${100 * share}%;background:${color}`;
      part.title = `${title} ${percent(share)}`;
    };
    // What is less wide than a px is not seen by itself.
    const narrow = known.filter(one => one.share > 0 && one.share < 0.005);
    for (const { share, index } of known.filter(one => one.share >= 0.005)) draw(share, classes[index].color, classes[index].name);
    if (narrow.length > 0) draw(narrow.reduce((sum, one) => sum + one.share, 0), '#c9d0d6', `${narrow.length} more`);
    const named = known.filter(one => one.share > 0).sort((a, b) => b.share - a.share).slice(0, 3), asked = shareOf(slide, chosen);
    if (!named.some(one => one.index === chosen) && sorted === columns[6] && asked !== null) named.push({ share: asked, index: chosen });
    make('small', cell, named.map(one => `${brief(classes[one.index].name)} ${percent(one.share)}`).join(', '));
    if (slide.patches !== null) make('small', cell, `${slide.patches.toLocaleString('en')} patch${slide.patches === 1 ? '' : 'es'}`);
  }
})();
