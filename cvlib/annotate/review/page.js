// The page: what the buttons, keys and the pointer do.

import { Pointer } from "./pointer.js";
import { LARGEST_DIAMETER, Masks, paint, set } from "./strokes.js";
import { Journal, Refusal, Talk } from "./talk.js";
import { View, clamp } from "./view.js";

const $ = (id) => document.getElementById(id);
const [token, startAt] = location.hash.slice(1).split("/");
const talk = new Talk(token);
const state = { images: [], classes: [], index: -1, item: null, masks: null, journal: null, busy: "Loading …" };
let view, pointer, stroke = null, saving = false, opening = 0, opacity = 0.5;

// ---- what is shown

function say(message, kind = "") {
  $("status").textContent = message;
  $("status").className = kind;
}

function count(number, one) {
  return `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
}

function refresh() {
  const { images, index, item, masks } = state;
  const reviewed = images.filter((image) => image.reviewed).length;
  $("reviewed").textContent = `${reviewed} of ${images.length} reviewed`;
  $("bar").value = images.length ? reviewed / images.length : 0;
  $("count").textContent = images.length;
  $("place").value = index + 1;
  $("place").max = images.length;
  $("name").textContent = images[index]?.name ?? "Mask review";
  document.title = `${images[index]?.name ?? "…"} – mask review`;
  $("facts").textContent = item ? facts(images[index], item) : "";
  const strokes = masks?.done.length ?? 0;
  const waiting = state.journal?.waiting.length ?? 0;
  const kept = waiting && state.busy ? "the last is not kept yet" : "but kept";
  $("unsaved").textContent = strokes ? `${count(strokes, "stroke")} not saved, ${kept}` : "Nothing to save";
  $("unsaved").className = strokes ? "some" : "";
  const done = !strokes && images[index]?.reviewed;
  $("save").textContent = strokes ? "Save" : done ? "Saved" : "Save as it is";
  $("onwards").textContent = done ? "Next" : "Save and next";
  $("save").disabled = !item || done;
  $("onwards").disabled = !item;
  $("undo").disabled = !strokes;
  $("redo").disabled = !masks?.undone.length;
  const others = images.filter((image, at) => !image.reviewed && at !== index).length;
  $("uncertain").disabled = !others;
  Object.assign(document.body.dataset, { index, strokes, waiting, busy: state.busy });
}

function facts(image, item) {
  const said = [];
  if (image.uncertainty !== null) said.push(`uncertainty ${image.uncertainty.toPrecision(2)}`);
  if (item.last) said.push(`reviewed by ${item.last.by}, ${item.last.time.slice(0, 10)}`);
  else said.push(item.new ? "no mask yet" : "not reviewed");
  return ["", ...said].join(" · ");
}

function notice(message) {
  $("notice").hidden = !message;
  $("notice").textContent = message;
}

// ---- going from image to image

async function open(index, message = "", kind = "") {
  end();
  const ticket = ++opening;
  if (state.journal) {
    if (state.journal.waiting.length) say("Waiting until the strokes are on the server's disk …", "warn");
    await state.journal.settled();
    if (ticket !== opening) return;
  }
  const left = state.index !== index && state.masks?.done.length ? state.images[state.index].name : "";
  Object.assign(state, { index, item: null, busy: "Loading …" });
  refresh();
  history.replaceState(null, "", `#${talk.token}/${index}`);
  try {
    const [item, picture, mask] = await Promise.all([
      talk.json(`item/${index}`),
      talk.ask(`image/${index}`).then((answer) => answer.blob()).then((blob) => createImageBitmap(blob)),
      talk.ask(`mask/${index}`).then((answer) => answer.arrayBuffer()),
    ]);
    if (ticket !== opening) return;
    show(index, item, picture, new Uint8Array(mask));
    if (message) say(message, kind);
    else say(left ? `${left} has strokes that are not saved; they are kept.` : greeting(item));
    if (item.changed) ask();
  } catch (error) {
    if (ticket === opening) failed(error);
  }
}

function show(index, item, picture, bytes) {
  const masks = new Masks(item.width, item.height, bytes, state.classes.map((each) => each.name));
  for (const line of item.lines) masks.apply(line.op, line.stroke);
  const journal = new Journal(talk, index, item.base, item.lines.length, reported);
  Object.assign(state, { item, masks, journal, busy: "" });
  notice("");
  view.show(picture, masks);
  refresh();
}

function greeting(item) {
  if (!item.lines.length) return "Drag to draw; ? shows the keys.";
  return "The strokes you had not saved are here again.";
}

function failed(error) {
  state.masks = state.journal = null;
  view.clear();
  const remedy = error instanceof Refusal ? "" : "; start it again and open the link it prints";
  state.busy = error.message + remedy;
  notice(state.busy);
  say("This image cannot be shown.", "bad");
  refresh();
}

/** Leaves the image, unless it is being saved. */
function leave(to, message) {
  if (!saving) open(to, message);
}

function step(by, said = "") {
  const { length } = state.images, to = (state.index + by + length) % length;
  const wraps = length > 1 && (by > 0 ? to === 0 : to === length - 1);
  const turn = wraps ? (by > 0 ? "After the last image: the first again." : "Before the first image: the last.") : "";
  leave(to, [said, turn].filter(Boolean).join(" "));
}

function mostUncertain() {
  const left = [...state.images.entries()].filter(([at, image]) => !image.reviewed && at !== state.index);
  if (!left.length) return say("Every other image is reviewed.");
  const rank = ([, image]) => image.uncertainty ?? -Infinity;
  const [to] = left.reduce((best, next) => (rank(next) > rank(best) ? next : best));
  const known = state.images[to].uncertainty !== null;
  leave(to, known ? "" : "No uncertainty is known of these images: this is the next one not reviewed.");
}

// ---- strokes

/** What became of lines that were sent. */
function reported(journal, what, error) {
  if (journal !== state.journal) return;
  if (what === "sent" && state.busy && !saving) {
    state.busy = "";
    say("The server answers again; your strokes are on its disk.");
  }
  if (what === "waiting") {
    state.busy = error instanceof Refusal ? error.message
      : "The server does not answer. Your last stroke waits here; drawing goes on when it answers again.";
    drop();
    say(state.busy, "bad");
  }
  if (what === "refused") open(state.index, error.message, "warn");
  refresh();
}

function begin(event) {
  if (state.busy || !state.masks) return say(state.busy || "There is no mask to draw on.", "warn");
  const name = state.classes[view.active].name, value = Number($("tool").querySelector(":checked").value);
  if (!view.visible[view.active]) toggle(view.active); // nobody should draw blindly
  if (!view.opacity) chooseOpacity(opacity);
  const points = [view.pixel(event)];
  const step = { channel: state.masks.channels[view.active], value, changed: [] };
  stroke = { pointer: event.pointerId, step, line: { defect: name, diameter: view.diameter, value, points } };
  extend(points);
}

function extend(points) {
  const { step, line } = stroke, { width, height } = state.masks;
  const changed = paint(step.channel, width, height, points, line.diameter, line.value);
  for (const index of changed) step.changed.push(index);
  if (changed.length) view.recolour(changed);
}

function follow(event) {
  const coalesced = event.getCoalescedEvents?.() ?? [];
  for (const each of coalesced.length ? coalesced : [event]) {
    const { points } = stroke.line, point = view.pixel(each), last = points.at(-1);
    if (point[0] === last[0] && point[1] === last[1]) continue;
    points.push(point);
    extend([last, point]);
  }
}

function end() {
  if (!stroke) return;
  const { step, line } = stroke;
  stroke = null;
  if (!step.changed.length) return;
  state.masks.keep(step);
  act("stroke", line);
}

function drop() {
  if (!stroke) return;
  view.recolour(set(stroke.step, 1 - stroke.step.value));
  stroke = null;
}

function act(op, line) {
  state.journal.add(op, line);
  state.images[state.index].unsaved = state.masks.done.length > 0;
  if (!saving) say("");
  refresh();
}

function again(op) {
  if (state.busy || stroke || !state.masks) return;
  const possible = op === "undo" ? state.masks.done : state.masks.undone;
  if (!possible.length) return say(op === "undo" ? "Nothing to undo since the last save." : "Nothing to redo.");
  view.recolour(state.masks[op]());
  act(op);
}

// ---- saving

/** Saves what is shown; says whether it is saved. */
async function save() {
  end();
  if (saving || state.busy || !state.masks) return false;
  const { index, masks, journal } = state, image = state.images[index];
  if (!masks.done.length && image.reviewed) return true;
  saving = true;
  state.busy = "Saving …";
  try {
    await journal.settled();
    if (journal !== state.journal || journal.closed) return false;
    finished(await journal.save(masks.checksums()));
    return true;
  } catch (error) {
    unsaved(error);
    return false;
  } finally {
    saving = false;
    if (state.busy === "Saving …") state.busy = "";
    refresh();
  }
}

function finished(saved) {
  state.masks.forget();
  Object.assign(state.images[state.index], { reviewed: true, unsaved: false });
  Object.assign(state.item, { last: saved.last, new: false });
  const changes = Object.entries(saved.changed).map(([name, { added, removed }]) => {
    const pixels = [added && `+${added.toLocaleString("en")}`, removed && `−${removed.toLocaleString("en")}`];
    return `${state.classes.find((each) => each.name === name).title} ${pixels.filter(Boolean).join(" ")} px`;
  });
  say(changes.length ? `Saved: ${changes.join(", ")}.` : "Recorded: nothing had to change.");
}

function unsaved(error) {
  const away = "Not saved: the server does not answer. Your strokes are on its disk.";
  if (!(error instanceof Refusal)) return say(away, "bad");
  if (error.kind === "changed") return ask();
  if (error.kind === "conflict") {
    state.busy = "";
    return open(state.index, error.message, "warn");
  }
  say(`Not saved: ${error.message}`, "bad");
}

async function saveAndNext() {
  const strokes = state.masks?.done.length, reviewed = state.images[state.index]?.reviewed;
  if (await save()) step(1, strokes || !reviewed ? $("status").textContent : "");
}

/** Asks what to do with strokes on a mask that another program changed. */
function ask() {
  $("changed-name").textContent = state.item.name;
  if (!$("changed").open) $("changed").showModal();
}

async function resolve(choice) {
  $("changed").close();
  if (!choice) return say("Your strokes are kept. Save asks again.", "warn");
  try {
    const { message } = await talk.json(`resolve/${state.index}`, { choice });
    if (choice === "beside") state.images[state.index].unsaved = false;
    open(state.index, message);
  } catch (error) {
    unsaved(error);
  }
}

// ---- controls

function chooseClass(k) {
  if (k >= state.classes.length || stroke) return;
  $("classes").querySelectorAll("input")[k].checked = true;
  view.active = k;
  if (!view.visible[k]) toggle(k);
  view.recolour();
}

function toggle(k) {
  view.visible[k] = !view.visible[k];
  $("classes").querySelectorAll(".eye")[k].setAttribute("aria-pressed", view.visible[k]);
  view.recolour();
}

function chooseTool(value) {
  $("tool").querySelector(`[value="${value}"]`).checked = true;
}

function chooseDiameter(diameter) {
  view.diameter = clamp(diameter, 1, LARGEST_DIAMETER);
  $("diameter").value = view.diameter;
  $("diameter-shown").textContent = `${view.diameter} px`;
  view.draw();
}

function chooseOpacity(share) {
  view.opacity = share;
  if (share) opacity = share;
  $("opacity").value = 100 * share;
  $("opacity-shown").textContent = share ? `${Math.round(100 * share)} %` : "hidden";
  view.draw();
}

const EYE = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/>
  <circle cx="12" cy="12" r="3"/><path class="closed" d="M4 20 20 4"/></svg>`;

function listClasses() {
  for (const [k, { title, colour }] of state.classes.entries()) {
    const row = document.createElement("div");
    row.className = "class";
    row.innerHTML = `<label><input type="radio" name="class"><span class="swatch"></span><span class="title"></span>
      <kbd>${k + 1}</kbd></label><button type="button" class="eye" aria-pressed="true">${EYE}</button>`;
    row.querySelector(".title").textContent = title;
    row.querySelector(".swatch").style.setProperty("--colour", colour);
    row.querySelector("input").addEventListener("change", () => chooseClass(k));
    const eye = row.querySelector(".eye");
    eye.setAttribute("aria-label", `Show ${title}`);
    eye.title = `Show or hide ${title}`;
    eye.addEventListener("click", () => toggle(k));
    $("classes").append(row);
  }
}

function hover(event) {
  view.cursor = event.pointerType === "touch" ? null : event;
  view.draw();
}

/** Says where the pointer is, and how large the image is shown. */
function painted() {
  const share = 100 * view.zoom * devicePixelRatio;
  const zoom = `${share < 10 ? share.toFixed(1) : Math.round(share).toLocaleString("en")} %`;
  const [x, y] = view.image && view.cursor ? view.pixel(view.cursor) : [];
  $("pointer").textContent = !view.image ? "" : view.cursor ? `x ${x}, y ${y} · ${zoom}` : zoom;
}

// ---- keys

const STEP = 60; // CSS pixels

const KEYS = {
  "b": () => chooseTool(1), "e": () => chooseTool(0),
  "[": () => chooseDiameter(view.diameter - 1), "]": () => chooseDiameter(view.diameter + 1),
  ",": () => KEYS["["](), ".": () => KEYS["]"](), // for keyboards on which brackets need Alt
  "z": () => again("undo"), "y": () => again("redo"),
  "s": save, "Enter": saveAndNext, "u": mostUncertain,
  "ArrowLeft": () => step(-1), "ArrowRight": () => step(1), "p": () => step(-1), "n": () => step(1),
  "ShiftArrowLeft": () => view.pan(STEP, 0), "ShiftArrowRight": () => view.pan(-STEP, 0),
  "ShiftArrowUp": () => view.pan(0, STEP), "ShiftArrowDown": () => view.pan(0, -STEP),
  "+": () => view.zoomBy(1.25), "=": () => view.zoomBy(1.25),
  "-": () => view.zoomBy(0.8), "−": () => view.zoomBy(0.8),
  "f": () => view.fit(), "0": () => view.actual(),
  "v": () => chooseOpacity(view.opacity ? 0 : opacity),
  "?": () => $("help").showModal(),
};

function key(event) {
  if ($("help").open || $("changed").open || event.altKey) return;
  const { target } = event, typing = target.matches?.("input[type=number]");
  const control = event.ctrlKey || event.metaKey, name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (name === "Escape" && stroke) return drop();
  if (stroke || typing && !control) return;
  if (target.matches?.("input") && name.startsWith("Arrow")) return; // they move the slider
  if (target.matches?.("button, input") && name === "Enter") return;
  if (name === " " && !target.matches?.("button, input")) {
    event.preventDefault();
    pointer.hold(true);
    return;
  }
  const action = control ? { "z": KEYS[event.shiftKey ? "y" : "z"], "y": KEYS.y, "s": save }[name]
    : /^[1-4]$/.test(name) ? () => chooseClass(Number(name) - 1)
    : KEYS[event.shiftKey && name.startsWith("Arrow") ? `Shift${name}` : name];
  if (!action) return;
  event.preventDefault();
  action();
}

function wire() {
  const clicks = {
    previous: () => step(-1), next: () => step(1), uncertain: mostUncertain, save, onwards: saveAndNext,
    undo: KEYS.z, redo: KEYS.y, in: KEYS["+"], out: KEYS["-"], fit: KEYS.f, actual: KEYS["0"], keys: KEYS["?"],
  };
  for (const [id, action] of Object.entries(clicks)) $(id).addEventListener("click", () => action());
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("diameter").addEventListener("input", () => chooseDiameter(Number($("diameter").value)));
  $("opacity").addEventListener("input", () => chooseOpacity(Number($("opacity").value) / 100));
  const asked = () => clamp(Math.round(Number($("place").value)) || 1, 1, state.images.length);
  $("place").addEventListener("change", () => leave(asked() - 1));
  for (const button of $("changed").querySelectorAll("button"))
    button.addEventListener("click", () => resolve(button.value));
  pointer = new Pointer($("canvas"), view, { drawing: () => stroke?.pointer, begin, follow, end, drop, hover });
  addEventListener("keydown", key);
  addEventListener("keyup", (event) => { if (event.key === " ") pointer.hold(false); });
  addEventListener("blur", () => pointer.hold(false));
  // a button that keeps the focus after a click would take the next space or Enter
  addEventListener("click", (event) => {
    if (event.detail) event.target.closest?.("button, input:not([type=number])")?.blur();
  });
  addEventListener("hashchange", () => { // the link of a server that was started anew
    talk.token = location.hash.slice(1).split("/")[0];
    if (!state.journal) open(Math.max(state.index, 0));
  });
  addEventListener("beforeunload", (event) => {
    if (stroke || state.journal?.waiting.length) event.preventDefault();
  });
}

async function start() {
  try {
    Object.assign(state, await talk.json("queue"));
  } catch (error) {
    notice(error instanceof Refusal ? error.message : "The server does not answer; start it, and open the link it prints.");
    return say("Nothing to show.", "bad");
  }
  const channels = ({ colour }) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  view = new View($("canvas"), state.classes.map(channels), painted);
  listClasses();
  chooseClass(0);
  chooseDiameter(9);
  chooseOpacity(opacity);
  wire();
  const fresh = state.images.findIndex((image) => !image.reviewed);
  const asked = Number(startAt ?? NaN);
  open(asked < state.images.length ? asked : Math.max(fresh, 0));
}

start();
