/* Making and changing elements. Texts are set as texts, never as HTML. */

const $ = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/* Sets a text only where it differs, so that a screen reader does not repeat it. */
function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function show(target, isShown) { target.hidden = !isShown; }

/* A time with its exact form for machines; a click on it moves the slider there. */
function timeButton(at, now) {
  const time = element("time", { datetime: new Date(at * 1000).toISOString() }, clock(at, now));
  return element("button", { type: "button", class: "link", "data-at": at }, time);
}

/* Replaces the children of a list where its content is new, and keeps the focus on the same child. */
function fill(list, content, make) {
  const text = JSON.stringify(content);
  if (list.dataset.content === text) return;
  list.dataset.content = text;
  const focused = [...list.children].findIndex((child) => child.contains(document.activeElement));
  list.replaceChildren(...content.map(make));
  if (focused >= 0) list.children[focused]?.querySelector("a, button")?.focus();
}
