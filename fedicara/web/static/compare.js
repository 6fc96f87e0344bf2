// Before and after: one over the other with a slider, or side by side as without scripts; and waiting until they are made.
function slide(pair) {
  const controls = pair.nextElementSibling;
  const range = controls.querySelector("input");
  const button = controls.querySelector("button");
  const move = () => pair.style.setProperty("--at", `${100 - range.value}%`);

  function over(is) {
    pair.classList.toggle("over", is);
    controls.querySelector("label").hidden = !is;
    button.textContent = is ? "Side by side" : "One over the other";
  }

  range.addEventListener("input", move);
  button.addEventListener("click", () => over(!pair.classList.contains("over")));
  controls.hidden = false;
  move();
  over(true);
}

async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok || !(await answer.json()).waits) location.reload();
  else setTimeout(() => wait(address), 1000);
}

function wait(address) { ask(address).catch(() => setTimeout(() => wait(address), 3000)); }

document.querySelectorAll("[data-pair]").forEach(slide);
const waiting = document.querySelector("[data-waits]");
if (waiting) wait(waiting.dataset.waits);
