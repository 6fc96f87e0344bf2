// The ground behind a work: the page's own, or the mid-grey on which painters judge values; the choice is kept.
const button = document.getElementById("ground");
const key = "ground";

function show(grey) {
  document.documentElement.classList.toggle("grey", grey);
  button.setAttribute("aria-pressed", String(grey));
}

if (button) {
  button.hidden = false;
  show(localStorage.getItem(key) === "grey");
  button.addEventListener("click", () => {
    const grey = !document.documentElement.classList.contains("grey");
    localStorage.setItem(key, grey ? "grey" : "paper");
    show(grey);
  });
}
