/* The plots of one pool, drawn by uPlot. */

/* Of each line the column, its name, colour, dashes and kind; a limit far above what is measured is out of the plot. */
const PLOTS = [
  { title: "Replicas", unit: "", height: 150, lines: [
    ["desired", "desired", "--accent", [], "steps"], ["ready", "ready", "--good", [6, 3], "steps"],
    ["max", "maxReplicas", "--muted", [2, 4], "limit"]] },
  { title: "Tasks", unit: "", height: 130, lines: [
    ["backlog", "backlog", "--warn", [], "line"], ["slotsUsed", "slots in use", "--other", [6, 3], "line"]] },
  { title: "Oldest waiting task", unit: " s", height: 110, lines: [
    ["backlogAgeSeconds", "age", "--bad", [], "line"], ["objective", "objective", "--muted", [2, 4], "limit"]] },
];

const NEAR = 1.6, TICKS_SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 7200];

const plots = { made: [], marks: { decisions: [], events: [] }, at: null, range: [0, 1], choose: () => {} };

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

/* A short line as it is drawn in the plot: colours alone would not do. */
function sample([, label, stroke, dash]) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", "28");
  svg.setAttribute("height", "8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const drawn = { d: "M0 4H28", stroke: colour(stroke), "stroke-width": "2", "stroke-dasharray": dash.join(" ") };
  for (const [name, value] of Object.entries(drawn)) line.setAttribute(name, value);
  svg.append(line);
  return element("span", {}, svg, label);
}

/* The marks of decisions at the bottom and of Events at the top, and the line of the moment. */
function drawMarks(plot, isFirst) {
  const { ctx, bbox } = plot, x = (at) => plot.valToPos(at, "x", true), size = 4 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left - size, 0, bbox.width + 2 * size, bbox.top + bbox.height + 2 * size);
  ctx.clip();
  if (isFirst) {
    ctx.fillStyle = colour("--accent");
    for (const { at } of plots.marks.decisions) triangle(ctx, x(at), bbox.top + bbox.height - size, size);
    for (const { at, type } of plots.marks.events) {
      ctx.fillStyle = colour(type === "Warning" ? "--bad" : "--muted");
      (type === "Warning" ? diamond : dot)(ctx, x(at), bbox.top, size);
    }
  }
  if (plots.at !== null) {
    ctx.fillStyle = colour("--text");
    ctx.fillRect(x(plots.at) - devicePixelRatio, bbox.top, 2 * devicePixelRatio, bbox.height);
  }
  ctx.restore();
}

function polygon(ctx, points) {
  ctx.beginPath();
  points.forEach(([x, y], index) => (index ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.fill();
}

function triangle(ctx, x, y, size) { polygon(ctx, [[x, y - size], [x + size, y + size], [x - size, y + size]]); }

function diamond(ctx, x, y, size) { polygon(ctx, [[x, y - size], [x + size, y], [x, y + size], [x - size, y]]); }

function dot(ctx, x, y, size) {
  ctx.beginPath();
  ctx.arc(x, y, 0.8 * size, 0, 2 * Math.PI);
  ctx.fill();
}

/* The highest value of what is measured, or of a limit that is near it. */
function highest({ lines }, { data }) {
  const tops = lines.map((_, index) => (data[index + 1] || []).reduce((high, value) => Math.max(high, value ?? 0), 0));
  const measured = Math.max(...tops.filter((_, index) => lines[index][4] !== "limit"));
  return Math.max(measured, ...tops.filter((top) => top <= NEAR * measured));
}

function axis(values) {
  return { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false },
    font: "12px system-ui, sans-serif", values };
}

function options(plot, width, isFirst) {
  const stepped = uPlot.paths.stepped({ align: 1 });
  const short = (u, ticks) => ticks.map((at) => clock(at, at).slice(0, 5));
  return {
    width, height: plot.height, legend: { show: false }, padding: [10, 12, 0, 0],
    cursor: { sync: { key: "pool" }, drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: { x: { time: true, range: () => plots.range },
      y: { range: (u) => [0, Math.max(1, 1.15 * highest(plot, u))] } },
    axes: [{ ...axis(short), size: 28, space: 60, incrs: TICKS_SECONDS },
      { ...axis((u, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? tick + plot.unit : ""))), size: 58 }],
    series: [{}, ...plot.lines.map(([, label, stroke, dash, kind]) => (
      { label, stroke: colour(stroke), width: 2, dash, paths: kind === "line" ? undefined : stepped, points: { show: false } }))],
    hooks: { draw: [(u) => drawMarks(u, isFirst)] },
  };
}

/* Makes the plots anew: at first, and when the colours change. */
function makePlots() {
  for (const { plot } of plots.made) plot.destroy();
  const place = $("plots");
  plots.made = PLOTS.map((drawn, index) => ({ drawn, parts: plotParts(drawn, index) }));
  place.replaceChildren(...plots.made.map(({ parts }) => parts.whole));
  for (const [index, made] of plots.made.entries()) {
    made.plot = new uPlot(options(made.drawn, place.clientWidth || 300, !index), [[]], made.parts.canvas);
    made.plot.over.addEventListener("click", () => plots.choose(made.plot.posToVal(made.plot.cursor.left, "x")));
  }
}

function plotParts(drawn) {
  const canvas = element("div", { role: "img" });
  const title = element("strong", {}, drawn.title);
  return { canvas, whole: element("div", { class: "plot" },
    element("p", { class: "key" }, title, ...drawn.lines.map(sample)), canvas) };
}

/* Draws the columns of a range of time; each plot is described in words, too. */
function drawPlots(columns, range, inWords) {
  plots.range = range;
  if (!plots.made.length) makePlots();
  for (const { drawn, plot, parts } of plots.made) {
    plot.setData([columns.time, ...drawn.lines.map(([name]) => columns[name])]);
    const said = drawn.lines.map(([name, label]) => `${label} ${spread(columns[name], drawn.unit)}`).join("; ");
    parts.canvas.setAttribute("aria-label", `${drawn.title} ${inWords}: ${said}.`);
  }
}

function moveLine(at) {
  plots.at = at;
  for (const { plot } of plots.made) plot.redraw(false);
}

function resizePlots() {
  const width = $("plots").clientWidth;
  for (const { drawn, plot } of plots.made) if (width && plot.width !== width) plot.setSize({ width, height: drawn.height });
}
