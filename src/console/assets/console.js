// What pages do beyond HTML: charts are drawn, and content that is marked as live is put in anew as it changes. Without it everything can be
// read and done as well.
'use strict';
(() => {
  /** Charts by their place on the page, so that one is gone on with when its content comes anew. */
  const charts = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** After it was refused live content. */
  const AGAIN_MS = 10_000;

  function optionsOf(lines, width) {
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    return {
      width,
      height: 180,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
      cursor: { y: false },
      scales: { y: { range: (_chart, _min, max) => [0, Math.max(4, max * 1.1)] } },
      axes: [
        { ...axis, values: (_chart, all) => all.map((at) => new Date(at * 1000).toISOString().slice(11, 16)) },
        { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] },
      ],
      series: [
        {
          label: 'time',
          value: (_chart, at) => (at === null ? '' : new Date(at * 1000).toISOString().slice(11, 16)),
        },
        ...lines.map(({ label }, i) => ({
          label,
          stroke: colour(`--line-${i + 1}`),
          width: 1.5,
          points: { show: false },
          value: (_chart, count) => (count === null ? '' : String(count)),
        })),
      ],
    };
  }

  function draw() {
    if (typeof uPlot === 'undefined') return;
    document.querySelectorAll('[data-chart]').forEach((place, i) => {
      const { from, stepMs = 60_000, lines } = JSON.parse(place.dataset.chart);
      // The last one is under way: it would look like a fall.
      const length = (lines[0]?.counts.length ?? 1) - 1;
      const times = Array.from({ length }, (_, step) => (from + step * stepMs) / 1000);
      const numbers = [times, ...lines.map(({ counts }) => counts.slice(0, length))];
      const names = lines.map(({ label }) => label).join('\n');
      const known = charts.get(i);
      if (known?.names === names) {
        place.replaceChildren(known.chart.root);
        known.chart.setData(numbers);
        return;
      }
      known?.chart.destroy();
      charts.set(i, { names, chart: new uPlot(optionsOf(lines, place.clientWidth || 600), numbers, place) });
    });
  }

  function redraw() {
    for (const { chart } of charts.values()) chart.destroy();
    charts.clear();
    draw();
  }

  /** What has the focus keeps it, if it is still there. */
  function putIn(place, content) {
    const address = place.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    place.innerHTML = content;
    draw();
    if (address !== null) place.querySelector(`[href="${CSS.escape(address)}"]`)?.focus();
  }

  function follow(place) {
    const state = document.getElementById('live');
    const source = new EventSource(place.dataset.live);
    source.onopen = () => (state.textContent = 'live');
    source.onerror = () => {
      const isOver = source.readyState === EventSource.CLOSED;
      state.textContent = isOver ? 'not live' : 'reconnecting';
      // Refused: too many look, or whoever stands in between has nobody to ask. A browser comes again by itself only where it was let in.
      if (isOver) setTimeout(() => follow(place), AGAIN_MS);
    };
    source.onmessage = ({ data }) => {
      const isRead = !document.getSelection().isCollapsed && place.contains(document.getSelection().anchorNode);
      if (!isRead) putIn(place, data);
    };
  }

  draw();
  document.querySelectorAll('[data-live]').forEach(follow);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  let waiting;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 150);
  });
})();
