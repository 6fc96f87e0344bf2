// The steps of a work's pictures, asked for every second until the work is published or has failed.
const list = document.getElementById("progress");

function words(picture) {
  const step = picture.step.charAt(0).toUpperCase() + picture.step.slice(1);
  return picture.state === "processing" && picture.percent > 0 ? `${step} ${picture.percent} %` : step;
}

function show(picture) {
  const row = list.querySelector(`[data-id="${picture.id}"]`);
  if (!row) return;
  row.querySelector("progress").value = picture.percent;
  const text = row.querySelector(".step");
  if (text.textContent !== words(picture)) text.textContent = words(picture);
}

async function ask() {
  const answer = await fetch(list.dataset.address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return location.reload();
  const found = await answer.json();
  found.pictures.forEach(show);
  if (found.state === "processing") setTimeout(again, 700);
  else location.reload();
}

function again() { ask().catch(() => setTimeout(again, 3000)); }

if (list) again();
