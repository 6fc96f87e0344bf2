// The steps of a work's pictures, until the work is published or has failed; then the page is the work's own.
import { follow } from "./live.js";

const list = document.getElementById("progress");

function show(picture) {
  const row = list.querySelector(`[data-id="${picture.id}"]`);
  if (!row) return;
  row.querySelector("progress").value = picture.percent;
  const text = row.querySelector(".step");
  if (text.textContent !== picture.words) text.textContent = picture.words;
}

async function ask() {
  const answer = await fetch(list.dataset.address, { headers: { Accept: "application/json" } });
  if (answer.status >= 500) return true;
  if (!answer.ok || answer.redirected) return false;
  const found = await answer.json();
  found.pictures.forEach(show);
  return found.state === "processing";
}

if (list) follow(list.dataset.stream, ask, show, () => location.reload());
