"use strict";
/* Numbers and times as people read them. What is unknown says so, and is never 0. */

const UNKNOWN = "unknown";

function isKnown(value) { return value !== null && value !== undefined; }

function number(value) { return isKnown(value) ? String(Math.round(value * 10) / 10) : UNKNOWN; }

function counted(count, noun) { return `${number(count)} ${noun}${count === 1 ? "" : "s"}`; }

/* A length of time, such as 45 s, 12 min, 3 h or 2 d. */
function duration(seconds) {
  if (!isKnown(seconds)) return UNKNOWN;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  return whole < 172800 ? `${Math.floor(whole / 3600)} h` : `${Math.floor(whole / 86400)} d`;
}

function two(part) { return String(part).padStart(2, "0"); }

/* A time of this browser, such as 19:02:10, with the date if that is another day. */
function clock(at, now = Date.now() / 1000) {
  const time = new Date(at * 1000), today = new Date(now * 1000);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} `;
  const hours = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return time.toDateString() === today.toDateString() ? hours : date + hours;
}

function readyWords(ready) {
  return !ready ? "Not reconciled" : { True: "Ready", False: "Not ready", Unknown: "Unknown" }[ready.status];
}

function replicas(pool) {
  const numbers = pool.numbers || {};
  return [numbers.ready, numbers.desired, pool.maxReplicas].map((n) => (isKnown(n) ? n : "-")).join("/");
}

/* The objective and how much of it was attained in the window of the status. */
function objective(pool) {
  const asked = pool.objective;
  if (!asked) return UNKNOWN;
  if (isKnown(asked.backlogPerReplica)) return `${asked.backlogPerReplica} tasks per replica`;
  const within = `in ${asked.scheduleToStartSeconds} s`;
  return isKnown(asked.attainedPercent) ? `${asked.attainedPercent.toFixed(1)} % ${within}` : `no task due, ${within}`;
}

/* The lowest, highest and last of a column in words. */
function spread(values, unit = "") {
  const known = values.filter(isKnown);
  if (!known.length) return UNKNOWN;
  const [low, high, last] = [Math.min(...known), Math.max(...known), values[values.length - 1]];
  const extent = low === high ? `${number(low)}${unit}` : `${number(low)} to ${number(high)}${unit}`;
  return `${extent}, last ${isKnown(last) ? number(last) + unit : UNKNOWN}`;
}
