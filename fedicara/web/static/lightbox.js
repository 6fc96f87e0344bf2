// Pictures of a work alone on the screen: arrows go on, 1 shows real pixels, Escape returns.
const links = [...document.querySelectorAll("a[data-picture]")];
let dialog, image, at = 0;

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function build() {
  dialog = document.createElement("dialog");
  dialog.className = "light";
  dialog.setAttribute("aria-label", "Picture");
  const view = document.createElement("div");
  view.className = "view";
  image = document.createElement("img");
  view.append(image);
  view.addEventListener("click", (event) => { if (event.target === view) dialog.close(); });
  image.addEventListener("click", () => dialog.close());
  const tools = document.createElement("div");
  tools.className = "tools";
  if (links.length > 1) tools.append(button("Previous", () => go(-1)), button("Next", () => go(1)));
  tools.append(button("Real pixels", real), button("Close", () => dialog.close()));
  dialog.append(tools, view);
  dialog.addEventListener("close", () => links[at].focus());
  dialog.addEventListener("keydown", onKey);
  document.body.append(dialog);
}

function show(number) {
  at = (number + links.length) % links.length;
  const inner = links[at].querySelector("img");
  image.src = links[at].href;
  image.alt = inner.alt;
  dialog.classList.remove("real");
}

function go(by) { show(at + by); }
function real() { dialog.classList.toggle("real"); }

const keys = { ArrowRight: () => go(1), ArrowLeft: () => go(-1), 1: real };

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  if (dialog.classList.contains("real") && event.key.startsWith("Arrow")) return;
  event.preventDefault();
  keys[event.key]();
}

links.forEach((link, number) => link.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!dialog) build();
  show(number);
  dialog.showModal();
}));
