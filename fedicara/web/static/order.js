// The order of pictures or works: by dragging, or by "move up" and "move down".
const list = document.querySelector("[data-ordered]") ?? document.createElement("ol");
let dragged = null;

function move(row, up) {
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (up) other.before(row); else other.after(row);
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  move(button.closest("[data-order]"), button.dataset.move === "up");
  button.focus();
});

list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-order]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  dragged.classList.add("dragged");
});

list.addEventListener("dragover", (event) => {
  const row = event.target.closest("[data-order]");
  if (!dragged || !row) return;
  event.preventDefault();
  if (row === dragged) return;
  const box = row.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) row.before(dragged); else row.after(dragged);
});

list.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });
list.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
});
