/* One pool: its state, its hours, and the decision of a moment. */

const MOST_EVENTS = 60, MOST_ROWS = 60, SHORTEST_SECONDS = 300;

const shown = { key: null, answer: null, columns: null, at: null, moments: new Map(), request: 0 };

function openPool(key) {
  if (shown.key === key) return;
  Object.assign(shown, { key, answer: null, columns: null, at: null });
  shown.moments.clear();
  say($("pool-title"), key);
  show($("pool-content"), false);
  show($("pool-gone"), false);
}

function rangeSeconds() { return Number(document.querySelector("input[name=range]:checked").value); }

function takePool(answer) {
  shown.answer = answer;
  show($("pool-gone"), false);
  show($("pool-content"), true);
  drawState(answer);
  drawRange();
  fill($("conditions"), answer.conditions, conditionItem);
  fill($("events"), answer.events.slice(-MOST_EVENTS).reverse(), eventItem);
  if (!answer.events.length) fill($("events"), ["No Event since the operator started."], (text) => element("li", {}, text));
}

function drawState({ pool, override, schedule, nextChange, now }) {
  const state = element("span", { class: `state ${pool.ready ? pool.ready.status : "Unknown"}` }, readyWords(pool.ready));
  const since = pool.ready ? `, since ${clock(pool.ready.since, now)} (${duration(now - pool.ready.since)})` : "";
  $("pool-state").replaceChildren(state, ` ${pool.ready ? pool.ready.reason : ""}${since}`);
  say($("pool-message"), pool.ready ? pool.ready.message : "");
  const notes = [];
  if (override) notes.push(`An override ${override.paused ? "pauses the pool" : `sets ${counted(override.replicas, "replica")}`}` +
    ` until ${override.until}${override.by ? ` (by ${override.by})` : ""}${override.reason ? `: ${override.reason}` : ""}.`);
  if (schedule) notes.push(`A schedule asks for at least ${counted(schedule.minReplicas, "replica")}; next change ${schedule.nextChangeTime}.`);
  if (pool.mode === "Recommend") notes.push("Mode is Recommend: the Deployment is left as it is.");
  if (nextChange) notes.push(...nextWords(nextChange));
  say($("pool-notes"), notes.join(" "));
  fill($("facts"), facts(pool, now), ([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, text)));
}

function nextWords({ upAtBacklog, upReplicas, taskQueue, taskType, time, replicas: later }) {
  const words = [];
  if (isKnown(upAtBacklog)) words.push(`${counted(upReplicas, "replica")} at ${counted(upAtBacklog, "waiting task")} on ${taskQueue}/${taskType}.`);
  if (isKnown(time)) words.push(`${counted(later, "replica")} at ${clock(Date.parse(time) / 1000)} if nothing else changes.`);
  return words;
}

function facts(pool, now) {
  const numbers = pool.numbers || {};
  return [
    ["Backlog", isKnown(numbers.backlog) ? counted(numbers.backlog, "task") : UNKNOWN],
    ["Oldest waiting task", duration(numbers.backlogAgeSeconds)],
    ["Slots in use", number(numbers.slotsUsed)],
    ["Replicas ready/desired/max", replicas(pool)],
    ["Objective", objective(pool)],
    ["Last reconcile", `${duration(now - pool.lastReconcileAt)} ago`],
  ];
}

function conditionItem({ type, status, reason, message, since }) {
  return element("li", {}, element("strong", {}, type), ` is ${status} (${reason}), since ${clock(since)}. `, message);
}

function eventItem({ at, type, reason, note }) {
  const name = element("strong", { class: type === "Warning" ? "False" : null }, `${type} ${reason}`);
  return element("li", {}, timeButton(at), " ", name, " ", note);
}

/* When what is known begins, but not later than 5 min ago: a shorter plot would say little. */
function began() {
  const { series, now } = shown.answer;
  return Math.min(series.time.length ? series.time[0] : now, now - SHORTEST_SECONDS);
}

/* Cuts the columns to the range and draws everything that depends on it. */
function drawRange() {
  const { series, now, pool, decisions, events } = shown.answer, from = Math.max(now - rangeSeconds(), began());
  const first = Math.max(0, series.time.findIndex((at) => at >= from));
  const end = series.time.length && series.time[series.time.length - 1] < from ? series.time.length : first;
  const columns = Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values.slice(end)]));
  const within = pool.objective ? pool.objective.scheduleToStartSeconds : null;
  columns.objective = columns.time.map(() => within);
  shown.columns = columns;
  plots.marks = { decisions: decisions.filter(isScaling), events };
  const label = document.querySelector("input[name=range]:checked").parentElement.textContent.trim();
  drawPlots(columns, [from, now], `of the last ${label}`);
  say($("in-words"), `Last ${label}: ${inWords(columns)}.`);
  if ($("numbers").open) drawNumbers();
  drawSlider();
}

function isScaling(decision, index, all) { return index > 0 && decision.desired !== all[index - 1].desired; }

function inWords(columns) {
  return `backlog ${spread(columns.backlog)}; oldest waiting task ${spread(columns.backlogAgeSeconds, " s")}; ` +
    `slots in use ${spread(columns.slotsUsed)}; replicas desired ${spread(columns.desired)}; ready ${spread(columns.ready)}`;
}

const NUMBERS = [["Backlog", "backlog"], ["Oldest (s)", "backlogAgeSeconds"], ["Slots in use", "slotsUsed"],
  ["Ready", "ready"], ["Desired", "desired"], ["Max", "max"]];

function drawNumbers() {
  const { columns } = shown, every = Math.max(1, Math.ceil(columns.time.length / MOST_ROWS));
  const indexes = columns.time.map((_, index) => index).filter((index) => index % every === 0).reverse();
  const head = element("tr", {}, ...["Time", ...NUMBERS.map(([name]) => name)].map((name) => element("th", { scope: "col" }, name)));
  const rows = indexes.map((index) => element("tr", {}, element("th", { scope: "row" }, clock(columns.time[index])),
    ...NUMBERS.map(([, name]) => element("td", {}, number(columns[name][index])))));
  $("numbers").querySelector(".scroll").replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
}

/* The last row that is not later than a time. */
function indexAt(at) {
  const { time } = shown.columns;
  let index = time.length - 1;
  while (index > 0 && time[index] > at) index -= 1;
  return index;
}

function drawSlider() {
  const slider = $("time"), count = shown.columns.time.length;
  [slider.min, slider.max] = plots.range.map(Math.floor);
  slider.disabled = !count;
  if (shown.at !== null && shown.at < slider.min) shown.at = shown.columns.time[0] ?? null;
  slider.value = shown.at ?? slider.max;
  drawMoment();
}

function moveTo(at) {
  const { time } = shown.columns, last = Math.min(time[time.length - 1], Number($("time").max));
  shown.at = at === null || at >= last ? null : at;
  $("time").value = shown.at ?? $("time").max;
  drawMoment();
}

/* Moves by so many rows. */
function moveBy(step) {
  if (!shown.columns?.time.length) return;
  const { time } = shown.columns, index = indexAt(shown.at ?? Infinity) + step;
  moveTo(time[Math.max(0, Math.min(time.length - 1, index))]);
}

/* Moves to the next decision for another number, or the one before; out of the range the range grows. */
function moveToDecision(step) {
  const scaling = shown.answer.decisions.filter(isScaling).map(({ at }) => Math.ceil(at));
  const now = shown.at === null ? Infinity : shown.at;
  const at = step > 0 ? scaling.find((time) => time > now) : scaling.findLast((time) => time < now);
  if (at === undefined) return moveTo(step > 0 ? null : shown.columns.time[0]);
  if (at < shown.answer.now - rangeSeconds()) widen(shown.answer.now - at);
  return moveTo(at);
}

function widen(seconds) {
  const choices = [...document.querySelectorAll("input[name=range]")];
  const choice = choices.find((input) => Number(input.value) >= seconds) || choices[choices.length - 1];
  if (!choice.checked) { choice.checked = true; drawRange(); }
}

/* Shows the numbers of the moment at once, and asks for its decision. */
function drawMoment() {
  const { columns, answer } = shown, index = indexAt(shown.at ?? Infinity), at = columns.time[index];
  $("now").setAttribute("aria-pressed", String(shown.at === null));
  moveLine(at === undefined ? null : shown.at ?? at);
  if (at === undefined) return say($("moment-time"), "No numbers in this range: choose a longer one.");
  $("time").setAttribute("aria-valuetext",
    `${clock(shown.at ?? at)}: desired ${number(columns.desired[index])}, ready ${number(columns.ready[index])}, backlog ${number(columns.backlog[index])}`);
  return askMoment(shown.at ?? answer.now);
}

async function askMoment(at) {
  const request = (shown.request += 1), key = shown.key, known = shown.moments.get(at);
  if (known) return drawDecision(known);
  await new Promise((resolve) => setTimeout(resolve, 80)); // while the slider moves on, only its last place is asked for
  if (request !== shown.request) return undefined;
  try {
    const moment = await ask(`/api/pools/${key}?at=${at}`);
    if (key !== shown.key) return undefined;
    if (moment.decision.until !== null && shown.at === at) shown.moments.set(at, moment);
    return request === shown.request ? drawDecision(moment) : undefined;
  } catch (error) {
    return request === shown.request ? drawNoDecision(error.message) : undefined;
  }
}

function drawNoDecision(why) {
  say($("moment-time"), why);
  say($("moment-why"), "");
  say($("moment-numbers"), "");
  fill($("steps"), [], () => null);
}

function drawDecision({ decision, numbers }) {
  const until = decision.until === null ? "still in force" : `in force until ${clock(decision.until)}`;
  const state = decision.ready ? ` Ready was ${decision.ready.status} (${decision.ready.reason}).` : "";
  say($("moment-time"), `Decided at ${clock(decision.at)}, ${until}.${state}`);
  if (!decision.steps) {
    say($("moment-why"), `No decision was made: ${decision.ready ? decision.ready.message : UNKNOWN}`);
  } else {
    const needed = isKnown(decision.needed) ? ` (${decision.needed} needed before all limits)` : "";
    say($("moment-why"), `${decision.current} → ${decision.desired} replicas${needed}: ${decision.explanation}`);
  }
  say($("moment-numbers"), !numbers ? "" : `At ${clock(numbers.at)}: backlog ${number(numbers.backlog)}, oldest waiting task ` +
    `${duration(numbers.backlogAgeSeconds)}, ${number(numbers.slotsUsed)} slots in use, replicas ` +
    `${number(numbers.ready)} ready, ${number(numbers.requested)} requested, ${number(numbers.desired)} desired, ${number(numbers.max)} max.`);
  fill($("steps"), (decision.steps || []).map((step) => ({ ...step, decided: step.rule === decision.decidedBy })), stepItem);
}

function stepItem({ rule, reason, message, before, after, decided }) {
  const changed = before !== after;
  return element("li", { class: changed ? "changed" : null },
    element("strong", {}, rule), ` ${reason}`,
    element("span", { class: "replicas" }, changed ? `${before} → ${after}` : `${after}`,
      element("span", { class: "hidden-text" }, changed ? " replicas, changed" : " replicas")),
    decided ? element("span", { class: "badge" }, "decided") : null,
    element("p", {}, message));
}
