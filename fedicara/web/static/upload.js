// Pictures travel as soon as they are chosen; each shows how far it is, and the form says what is still missing.
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
  follow(row, state);
}

function follow(row, state) {
  if (!row.isConnected) return;
  if (state.state === "failed") {
    row.querySelector("[name=picture_id]").remove();
    return fail(row, state.failure || "This picture could not be prepared.");
  }
  if (state.state === "ready") {
    bar(row, null);
    row.querySelector(".already").textContent = state.already.join(" ");
    return say(row, "Done");
  }
  bar(row, state.percent);
  const step = state.step.charAt(0).toUpperCase() + state.step.slice(1);
  say(row, state.percent ? `${step} ${state.percent} %` : step);
  setTimeout(() => ask(row), 600);
}

async function ask(row) {
  try {
    const answer = await fetch(`/uploads/${row.dataset.id}.json`);
    if (answer.ok) return follow(row, await answer.json());
    fail(row, "It is no longer here. Remove it and choose it again.");
  } catch {
    setTimeout(() => ask(row), 3000);
  }
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
  follow(row, { state: "processing", step: "reading", percent: 0 });
});
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
