import uPlot from '/uplot.js';
import { $, $$, ask, get, load, make, n, post } from './words.js';

// The template's dashboard: the dead-letter widget, which is invoked as CloudWatch does, and the graphs.

const REPORT_STAYS_MS = 10_000;
const REFRESH_EVERY_MS = 30_000;
const GRAPHS_EVERY_MS = 5_000;
const HEIGHT = 112;

/** Makes the widget's markup work: its actions call the function again, and its tables become blocks on a narrow screen. */
const enliven = (place, call, popup) => {
  for (const button of $$('.btn', place))
    button.classList.add('button', ...(button.classList.contains('btn-primary') ? ['primary'] : []));
  for (const table of $$('table', place)) {
    const labels = $$('th', table).map((heading) => heading.textContent);
    for (const heading of $$('th', table)) if (heading.textContent === '') heading.replaceWith(make('td'));
    for (const row of $$('tr', table))
      for (const [index, cell] of $$('td', row).entries()) cell.dataset.label = labels[index] ?? '';
  }
  for (const action of $$('cwdb-action', place)) {
    action.hidden = true;
    const trigger = action.previousElementSibling;
    if (!trigger) continue;
    trigger.classList.add('clickable');
    trigger.tabIndex = 0;
    trigger.role = 'button';
    trigger.onclick = async () => {
      const question = action.getAttribute('confirmation');
      if (question && !(await ask(question, trigger.textContent.split(' ')[0]))) return;
      const parameters = JSON.parse(action.textContent || '{}');
      if (action.getAttribute('display') === 'popup') popup(trigger.textContent, () => call(parameters));
      else call(parameters, true);
    };
    trigger.onkeydown = (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      trigger.click();
    };
  }
};

/** @param popup shows what a call answers in the inspector */
const createWidget = (endpoint, popup) => {
  const place = $('.widget');
  let [acted, _refreshing] = [0, undefined];
  const call = async (parameters) => (await post('/widget', { endpoint, parameters })) ?? '';
  const show = (markup) => {
    const content = make('div', { innerHTML: markup });
    enliven(content, act, popup);
    return [content];
  };
  const act = (parameters, inPlace) => {
    if (!inPlace) return call(parameters);
    acted = Date.now();
    place.ariaBusy = true;
    return load(place, () => call(parameters), show).finally(() => {
      place.ariaBusy = false;
      $('.clickable', place)?.focus();
    });
  };
  // One call at a time, however many changes arrive. The report of an action stays for ten seconds, and what has the focus.
  const isFree = () => Date.now() - acted >= REPORT_STAYS_MS && !place.contains(document.activeElement);
  const refresh = () => {
    if (!isFree()) return;
    _refreshing ??= call({})
      .then((markup) => isFree() && load(place, async () => markup, show))
      .catch(({ message }) => load(place, () => Promise.reject(new Error(message)), show))
      .finally(() => {
        _refreshing = undefined;
      });
  };
  refresh();
  setInterval(refresh, REFRESH_EVERY_MS);
  return refresh;
};

const COLORS = ['move', 'done', 'self', 'you', 'faint', 'act'];
const OF_WORDS = [
  ['you', /dead|not published|unpublished|5xx|throttl|errors/i],
  ['self', /fail|refus|4xx|stale/i],
  ['done', /applied|events|published/i],
  ['faint', /duplicate|received|no change|requests/i],
];
const colorsOf = (labels) => {
  const free = [...COLORS];
  return labels.map((label) => {
    const wanted = OF_WORDS.find(([name, fits]) => fits.test(label) && free.includes(name))?.[0] ?? free[0] ?? 'faint';
    free.splice(free.indexOf(wanted), 1);
    return `--${wanted}`;
  });
};

/** A graph with a legend of its own. */
const createChart = (title) => {
  const plot = make('div', { className: 'plot' });
  const legend = make('ul');
  const place = make('figure', { className: 'card chart' }, make('h3', {}, title), plot, legend);
  let drawn;
  const draw = (colors, data, isSum) => {
    // A canvas does not know the colours of the style, so they are asked for: they change with the scheme.
    const probe = make('i', { hidden: true });
    plot.append(probe);
    const token = (name) => () => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const axis = {
      stroke: token('--faint'),
      grid: { stroke: token('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui',
    };
    const times = (_, seconds) => seconds.map((one) => new Date(one * 1_000).toISOString().slice(11, 16));
    const series = colors.map((color) => ({ stroke: token(color), width: 1.5, points: { show: !isSum, size: 4 } }));
    const began =
      data[0][
        Math.max(
          0,
          data[0].findIndex((_, at) => data.slice(1).some((list) => list[at])),
        )
      ];
    const scales = {
      x: { range: (_, first, last) => [Math.max(first, Math.min(began, last - 300)), last] },
      y: { range: (_, __, most) => [0, Math.max(2, Math.ceil(most * 1.1))] },
    };
    const axes = [
      { ...axis, values: times, space: 70, size: 22 },
      {
        ...axis,
        size: 44,
        space: 28,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 10_000, 100_000],
        values: (_, all) => all.map(n),
      },
    ];
    const options = {
      width: plot.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 12, 0, 0],
      axes,
      scales,
      series: [{}, ...series],
    };
    drawn = new uPlot(options, data, plot);
    new ResizeObserver(() => drawn?.setSize({ width: plot.clientWidth, height: HEIGHT })).observe(plot);
  };
  return {
    place,
    show: ({ labels, times, values }, isSum) => {
      const hasData = values.flat().some((value) => value !== null);
      const colors = colorsOf(labels);
      const filled = values.map((list) => (isSum ? list.map((value) => value ?? 0) : list));
      const latest = filled.map((list) => list.findLast((value) => value !== null) ?? 0);
      const items = labels.map((label, index) => {
        const item = make('li', {}, make('i'), label, make('b', {}, n(Math.round(latest[index]))));
        item.style.setProperty('--c', `var(${colors[index]})`);
        return item;
      });
      legend.replaceChildren(...items);
      plot.classList.toggle('none', !hasData);
      if (!hasData) plot.textContent = 'nothing yet';
      else if (drawn) drawn.setData([times, ...filled]);
      else {
        plot.textContent = '';
        draw(colors, [times, ...filled], isSum);
      }
    },
  };
};

/** Shows the dashboard. @returns what refreshes the widget */
export const createDashboard = ({ widgets }, popup) => {
  const custom = widgets.find(({ type }) => type === 'custom');
  const charts = new Map();
  const refresh = async () => {
    const unmeasured = [];
    for (const graph of await get('/graphs')) {
      const { properties } = widgets.find((one) => one.properties.title === graph.title) ?? {};
      if (!graph.isMeasured) unmeasured.push(graph.title);
      else {
        if (!charts.has(graph.title)) {
          charts.set(graph.title, createChart(graph.title));
          $('.charts').append(charts.get(graph.title).place);
        }
        charts.get(graph.title).show(graph, /Sum/.test(JSON.stringify(properties)));
      }
    }
    $('#unmeasured').textContent = unmeasured.length ? `Not measured by the local stack: ${unmeasured.join(', ')}.` : '';
  };
  const keep = () => refresh().catch(({ message }) => ($('#unmeasured').textContent = `The graphs cannot be read: ${message}`));
  keep();
  setInterval(() => document.hidden || keep(), GRAPHS_EVERY_MS);
  return custom ? createWidget(custom.properties.endpoint, popup) : () => {};
};
