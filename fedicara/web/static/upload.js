// Pictures travel as soon as they are chosen; each shows how far it is, and the form says what is still missing.
import { follow } from "./live.js";

const form = document.getElementById("post");
const list = document.getElementById("uploads");
const drop = document.getElementById("drop");
const choose = document.getElementById("choose");
const publish = document.getElementById("publish");
const reason = document.getElementById("reason");
const pattern = document.getElementById("row");
const token = form.elements._token.value;
const limit = Number(form.dataset.limit);
const most = Number(form.dataset.most);
const side = 160;

const rows = () => [...list.children];

function say(row, text, failed = false) {
  row.querySelector(".step").textContent = text;
  row.classList.toggle("failed", failed);
  row.dataset.failed = failed ? "yes" : "";
  check();
}

function bar(row, percent) {
  const made = row.querySelector("progress");
  made.hidden = percent === null;
  if (percent !== null) made.value = percent;
}

async function sketch(row, file) {
  const canvas = row.querySelector("canvas");
  const bitmap = await createImageBitmap(file);
  const scale = side / Math.max(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  canvas.getContext("2d").drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
  bitmap.close();
}

function send(row, file) {
  const request = new XMLHttpRequest();
  row.request = request;
  request.open("POST", "/uploads");
  request.setRequestHeader("X-Form-Token", token);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    const percent = Math.round(100 * event.loaded / (event.total || file.size || 1));
    bar(row, percent);
    say(row, `Sending ${percent} %`);
  });
  request.addEventListener("load", () => {
    if (request.status === 201) return arrived(row, request.response);
    fail(row, request.response?.failure || "It was not taken. Reload the page and try again.");
  });
  request.addEventListener("error", () => fail(row, "The connection broke. Remove it and choose it again."));
  request.send(file);
}

function fail(row, text) {
  bar(row, null);
  say(row, text, true);
}

function arrived(row, state) {
  row.dataset.id = state.id;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "picture_id";
  field.value = state.id;
  row.querySelector(".about").prepend(field);
  hear(row, state);
  watch();
}

function hear(row, state) {
  if (!row?.isConnected) return;
  row.dataset.state = state.state;
  if (state.state === "failed") {
    row.querySelector("[name=picture_id]")?.remove();
    return fail(row, state.failure || "This picture could not be prepared.");
  }
  if (state.state === "ready") {
    bar(row, null);
    say(row, state.words);
    return fetch(`/uploads/${state.id}.json`).then((answer) => answer.json())
      .then((found) => { row.querySelector(".already").textContent = found.already.join(" "); }).catch(() => {});
  }
  bar(row, state.percent);
  say(row, state.words);
}

const rowOf = (id) => list.querySelector(`[data-id="${id}"]`);
const unready = () => rows().filter((row) => row.dataset.state === "processing");
let stop = () => {};

// One stream tells of every picture on its way; it is opened anew when another one arrived.
function watch() {
  stop();
  const ids = unready().map((row) => row.dataset.id);
  if (!ids.length) return;
  stop = follow(`/uploads/progress?${ids.map((id) => `id=${id}`).join("&")}`, ask, (state) => hear(rowOf(state.id), state), watch);
}

async function ask() {
  for (const row of unready()) {
    const answer = await fetch(`/uploads/${row.dataset.id}.json`);
    if (answer.status >= 500) continue;
    if (answer.ok && !answer.redirected) hear(row, await answer.json());
    else {
      row.dataset.state = "gone";
      fail(row, "It is no longer here. Remove it and choose it again.");
    }
  }
  return unready().length > 0;
}

function take(file) {
  if (rows().length >= most) return;
  const row = pattern.content.firstElementChild.cloneNode(true);
  row.querySelector(".name b").textContent = file.name;
  list.append(row);
  prepare(row);
  sketch(row, file).catch(() => {});
  if (file.size > limit) return fail(row, `It is larger than ${Math.floor(limit / 1048576)} MiB, the most this server takes.`);
  bar(row, 0);
  say(row, "Sending");
  send(row, file);
}

function prepare(row) {
  row.querySelector(".tools").hidden = false;
  row.querySelector("textarea").addEventListener("input", () => count(row));
  row.querySelector("[name=lead]").addEventListener("change", check);
  const handle = row.querySelector(".thumb-frame");
  handle.addEventListener("pointerdown", () => { row.draggable = true; });
  row.addEventListener("dragend", () => { row.draggable = false; });
  row.querySelector("[data-remove]").addEventListener("click", () => remove(row));
  count(row);
}

function remove(row) {
  row.request?.abort();
  if (row.dataset.id) fetch(`/uploads/${row.dataset.id}/discard`, { method: "POST", headers: { "X-Form-Token": token } });
  row.remove();
  watch();
  check();
  choose.focus();
}

function count(row) {
  const field = row.querySelector("textarea");
  const missing = form.dataset.alt && !field.value.trim();
  row.querySelector(".count").textContent = missing ? "missing" : `${field.value.length} of ${field.maxLength}`;
  check();
}

function missing() {
  const found = rows();
  const numbers = (test) => found.map((row, at) => test(row) ? at + 1 : 0).filter(Boolean).join(", ");
  if (!found.length && !form.elements.caption.value.trim()) return "Choose a picture first.";
  const failed = numbers((row) => row.dataset.failed);
  if (failed) return `Remove picture ${failed} first: it was not taken.`;
  const sending = numbers((row) => !row.dataset.id);
  if (sending) return `Picture ${sending} is still on its way.`;
  if (list.querySelectorAll("[name=lead]:checked").length > 4) return "At most four pictures come first on other servers.";
  const mute = form.dataset.alt && numbers((row) => !row.querySelector("textarea").value.trim());
  return mute ? `Alt text of picture ${mute} is missing.` : "";
}

function check() {
  const text = missing();
  publish.disabled = Boolean(text);
  if (reason.textContent !== text) reason.textContent = text;
}

document.getElementById("slots").remove();
drop.hidden = false;
rows().forEach((row) => {
  prepare(row);
  row.dataset.state = "processing";
});
watch();
form.elements.caption.addEventListener("input", check);
choose.addEventListener("change", () => {
  [...choose.files].forEach(take);
  choose.value = "";
});
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  [...event.dataTransfer.files].forEach(take);
});
check();
