// Hears how far pictures are: events as they come, or, where no stream stays open, an answer every two seconds.
export function follow(stream, ask, heard, over) {
  let source, timer, ended = false;

  function end() {
    ended = true;
    clearTimeout(timer);
    source?.close();
  }

  function open() {
    source = new EventSource(stream);
    source.addEventListener("progress", (event) => JSON.parse(event.data).forEach(heard));
    source.addEventListener("over", () => { end(); over(); });
    // A stream that broke is opened again by the browser itself; one that was refused is not.
    source.addEventListener("error", () => { if (!ended && source.readyState === EventSource.CLOSED) later(); });
  }

  function later() {
    timer = setTimeout(async () => {
      const going = await ask().catch(() => true);
      if (ended) return;
      if (going) later();
      else { end(); over(); }
    }, 2000);
  }

  open();
  return end;
}
