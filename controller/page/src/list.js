/* All pools. */

const RANK = { False: 0, Unknown: 1, True: 2 };

const list = { rows: new Map(), pools: [], focus: null };

function poolKey(pool) { return `${pool.namespace}/${pool.name}`; }

function poolHref(pool) { return `#/${encodeURIComponent(pool.namespace)}/${encodeURIComponent(pool.name)}`; }

/* Pools in trouble first, then by name. */
function inOrder(pools) {
  const rank = (pool) => (pool.ready ? RANK[pool.ready.status] : 1);
  return [...pools].sort((a, b) => rank(a) - rank(b) || poolKey(a).localeCompare(poolKey(b)));
}

function cells(pool) {
  const numbers = pool.numbers || {};
  return [
    ["Reason", pool.ready ? pool.ready.reason : ""],
    ["Backlog", number(numbers.backlog)],
    ["Oldest", duration(numbers.backlogAgeSeconds)],
    ["Replicas", replicas(pool)],
    ["Objective", objective(pool)],
  ];
}

function newRow(pool) {
  const link = element("a", { href: poolHref(pool) }, poolKey(pool));
  const row = element("tr", { role: "row" }, element("td", { role: "cell" }, link),
    element("td", { role: "cell" }, element("span")));
  for (const [name] of cells(pool)) {
    row.append(element("td", { role: "cell", "data-name": name, class: name === "Reason" ? null : "number" }));
  }
  return row;
}

function updateRow(row, pool) {
  const [, state, ...rest] = row.children, status = pool.ready ? pool.ready.status : "Unknown";
  state.firstChild.className = `state ${status}`;
  say(state.firstChild, readyWords(pool.ready));
  cells(pool).forEach(([, text], index) => say(rest[index], text));
}

function matches(pool, words) {
  const text = `${poolKey(pool)} ${pool.ready ? pool.ready.reason : ""} ${readyWords(pool.ready)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function drawList() {
  const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = inOrder(list.pools).filter((pool) => matches(pool, words));
  const focused = document.activeElement, body = $("pools").tBodies[0];
  const rows = shown.map((pool) => {
    const key = poolKey(pool);
    if (!list.rows.has(key)) list.rows.set(key, newRow(pool));
    updateRow(list.rows.get(key), pool);
    return list.rows.get(key);
  });
  if (rows.length !== body.children.length || rows.some((row, index) => row !== body.children[index])) {
    body.replaceChildren(...rows);
    if (body.contains(focused)) focused.focus();
  }
  const keys = new Set(list.pools.map(poolKey));
  for (const key of list.rows.keys()) if (!keys.has(key)) list.rows.delete(key);
  const unready = list.pools.filter((pool) => pool.ready?.status !== "True").length;
  say($("list-summary"), `${counted(list.pools.length, "pool")}, ${unready} not ready` +
    (words.length ? `; ${shown.length} shown` : ""));
  show($("pools"), shown.length > 0);
  show($("list-empty"), !shown.length);
  say($("list-empty"), list.pools.length ? "No pool matches the filter. Escape clears it." :
    "No pool was reconciled since the operator started. kubectl get temporalworkerpools -A lists what there is.");
}

/* Moves the focus from pool to pool; at the ends it stays. */
function focusPool(step) {
  const links = [...$("pools").tBodies[0].querySelectorAll("a")];
  const index = links.indexOf(document.activeElement);
  const next = index < 0 ? (step > 0 ? 0 : links.length - 1) : index + step;
  links[Math.max(0, Math.min(links.length - 1, next))]?.focus();
}
