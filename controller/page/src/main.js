/* What is shown, what is asked for, and the keys; OWN_KEYS are those that work in a field, too. */

const POLL_MS = 5000, TIMEOUT_MS = 10000, OLD_SECONDS = 30;

const contact = { answeredAt: null, failedSince: null, timer: null, why: "" };

class NotThere extends Error {}

async function ask(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), headers: { Accept: "application/json" } });
  const answer = await response.json();
  if (response.status === 404 || response.status === 400) throw new NotThere(answer.error);
  if (!response.ok) throw new Error(answer.error || `status ${response.status}`);
  return answer;
}

/* The pool of the address, such as prod/orders of #/prod/orders; null for the list. */
function addressed() {
  const [, namespace, name] = location.hash.split("/");
  return namespace && name ? `${namespace}/${name}` : null;
}

async function refresh() {
  clearTimeout(contact.timer);
  const key = addressed();
  try {
    const answer = await ask(key ? `/api/pools/${key}` : "/api/pools");
    if (key !== addressed()) return;
    if (key) takePool(answer); else takeList(answer);
    takeOperator(answer.operator);
    answered();
  } catch (error) {
    if (key !== addressed()) return;
    if (error instanceof NotThere) { answered(); noPool(error.message); } else unanswered(error);
  }
  drawContact();
  if (!document.hidden) contact.timer = setTimeout(refresh, POLL_MS);
}

function takeList(answer) {
  list.pools = answer.pools;
  drawList();
}

/* A replica that stands by knows nothing of the pools, or what it knew when it last led. */
function takeOperator({ version, identity, leads, leader }) {
  say($("operator"), version);
  show($("standby"), !leads);
  if (!leads) say($("standby"), `This replica of the operator (${identity}) stands by: ${leader} reconciles the pools. Forward the ` +
    "port of that pod to see them.");
}

function noPool(why) {
  show($("pool-content"), false);
  show($("pool-gone"), true);
  say($("pool-gone"), why);
}

function answered() { Object.assign(contact, { answeredAt: Date.now() / 1000, failedSince: null }); }

function unanswered(error) {
  contact.failedSince ??= Date.now() / 1000;
  contact.why = error.name === "TimeoutError" ? `no answer within ${TIMEOUT_MS / 1000} s` : error.message;
}

/* Says how old is what is shown, and since when the operator does not answer. */
function drawContact() {
  const { answeredAt, failedSince, why } = contact, now = Date.now() / 1000;
  show($("problem"), failedSince !== null);
  if (failedSince !== null) {
    const last = answeredAt === null ? "It has not answered yet." : `What is shown is of ${clock(answeredAt)}.`;
    say($("problem"), `The operator has not answered since ${clock(failedSince)} (${why}). ${last} ` +
      "Asked again every 5 s: check that it runs, and the port-forward.");
  }
  say($("freshness"), answeredAt === null ? "Waiting for the operator…" : `As of ${clock(answeredAt)}` +
    (failedSince !== null && now - answeredAt > OLD_SECONDS ? `, ${duration(now - answeredAt)} ago` : ""));
}

/* Shows what the address names. */
function route() {
  const key = addressed(), came = shown.key;
  show($("list"), !key);
  show($("pool"), Boolean(key));
  document.title = key ? `${decodeURIComponent(key)} – Temporal worker pools` : "Temporal worker pools";
  if (key) {
    openPool(key);
    say($("pool-title"), decodeURIComponent(key));
    $("pool-title").focus();
  } else {
    shown.key = null;
    if (list.pools.length) drawList();
    if (came) [...document.querySelectorAll("#pools a")].find((link) => link.getAttribute("href") === `#/${came}`)?.focus();
  }
  refresh();
}

function back() {
  if (addressed()) { location.hash = "#/"; return; }
  $("filter").value = "";
  $("filter").blur();
  drawList();
}

const KEYS = {
  "/": () => { if (addressed()) location.hash = "#/"; setTimeout(() => $("filter").focus()); },
  Escape: back,
  ArrowDown: () => !addressed() && (focusPool(1), true),
  ArrowUp: () => !addressed() && (focusPool(-1), true),
  ArrowLeft: () => addressed() && (moveBy(-1), true),
  ArrowRight: () => addressed() && (moveBy(1), true),
  "[": () => addressed() && shown.answer && (moveToDecision(-1), true),
  "]": () => addressed() && shown.answer && (moveToDecision(1), true),
};

const OWN_KEYS = { filter: ["ArrowDown"], range: ["[", "]"], time: ["ArrowLeft", "ArrowRight", "[", "]"] };

/* Keys belong to the page unless a field or a control of its own uses them. */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
  const field = event.target.closest("input"), own = field && OWN_KEYS[field.id || field.name];
  if (field && event.key !== "Escape" && !own?.includes(event.key)) return;
  if (event.target.closest(".scroll") && event.key.startsWith("Arrow")) return;
  if (KEYS[event.key]() !== false) event.preventDefault();
}

function listen() {
  addEventListener("hashchange", route);
  document.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(contact.timer) : refresh()));
  $("filter").addEventListener("input", drawList);
  $("filter").addEventListener("keydown", (event) => {
    if (event.key === "Enter") document.querySelector("#pools tbody a")?.click();
  });
  $("range").addEventListener("change", drawRange);
  $("time").addEventListener("input", () => moveTo(Number($("time").value)));
  $("before").addEventListener("click", () => moveToDecision(-1));
  $("after").addEventListener("click", () => moveToDecision(1));
  $("now").addEventListener("click", () => moveTo(null));
  $("numbers").addEventListener("toggle", () => $("numbers").open && drawNumbers());
  $("events").addEventListener("click", (event) => {
    const button = event.target.closest("[data-at]");
    if (!button) return;
    widen(shown.answer.now - Number(button.dataset.at));
    moveTo(Number(button.dataset.at));
  });
  plots.choose = moveTo;
  new ResizeObserver(resizePlots).observe($("plots"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (!plots.made.length) return;
    makePlots();
    if (shown.answer) drawRange();
  });
  setInterval(drawContact, 1000);
}

listen();
route();
