// Rows of one height each, near the height the eye likes; without this the style sheet's own rows stand.
const narrow = matchMedia("(max-width: 640px)");
const target = 280;
const lowest = 200;
const highest = 340;

function ratio(tile) { return Number(getComputedStyle(tile).getPropertyValue("--r")) || 1.5; }

function height(ratios, from, to, width, gap) {
  let sum = 0;
  for (let at = from; at < to; at++) sum += ratios[at];
  return (width - gap * (to - from - 1)) / sum;
}

function cost(tall, last) {
  if (last && tall > target) return 0;
  const off = (tall - target) / target;
  return off * off + (tall > highest ? 4 * off : 0) + (tall < lowest ? 8 : 0) + 0.01;
}

// The cheapest way to break the tiles into rows, as a paragraph is broken into lines.
function breaks(ratios, width, gap) {
  const best = [{ cost: 0, from: 0, tall: target }];
  for (let to = 1; to <= ratios.length; to++) {
    best[to] = { cost: Infinity };
    for (let from = to - 1; from >= 0 && from >= to - 40; from--) {
      const tall = height(ratios, from, to, width, gap);
      const total = best[from].cost + cost(tall, to === ratios.length);
      if (total < best[to].cost) best[to] = { cost: total, from, tall };
      if (tall < lowest / 2) break;
    }
  }
  return best;
}

function lay(list) {
  const tiles = [...list.children];
  if (narrow.matches) return tiles.forEach((tile) => { tile.style.cssText = ""; });
  const gap = parseFloat(getComputedStyle(list).columnGap) || 0;
  const width = list.getBoundingClientRect().width;
  const ratios = tiles.map(ratio);
  const best = breaks(ratios, width, gap);
  for (let to = tiles.length; to > 0; to = best[to].from) {
    const last = to === tiles.length;
    const tall = Math.min(best[to].tall, last ? target : highest * 1.2);
    for (let at = best[to].from; at < to; at++) {
      tiles[at].style.cssText = `flex:0 0 ${Math.floor(100 * tall * ratios[at]) / 100}px;height:${tall}px;max-width:none`;
    }
  }
}

for (const list of document.querySelectorAll(".gallery .rows")) {
  let before = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - before) < 1) return;
    before = entry.contentRect.width;
    lay(list);
  }).observe(list);
  lay(list);
}
