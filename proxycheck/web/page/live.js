
const live = document.getElementById("live");
if (live) {
  const gone = document.getElementById("gone");
  const show = (id, text) => {
    const place = document.getElementById(id);
    if (place.textContent !== text) place.textContent = text;
  };
  const source = new EventSource(`/runs/${live.dataset.run}/events`);
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    gone.hidden = true;
    gone.textContent = "";
    if (state.ended) {
      source.close();
      location.reload();
      return;
    }
    for (const name of ["phase", "progress", "elapsed", "failure"]) show(name, state[name]);
    for (const tile of state.tiles) {
      const place = document.getElementById(`tile-${tile.id}`);
      place.className = `tile ${tile.answer}`;
      place.querySelector(".answer").textContent = tile.label;
      place.querySelector(".count").textContent = tile.count;
    }
  };
  source.onerror = () => {
    gone.textContent = gone.dataset.text;
    gone.hidden = false;
  };
}
const mask = document.getElementById("mask");
if (mask) {
  mask.addEventListener("change", () => {
    for (const link of document.querySelectorAll("a[data-file]")) link.search = mask.checked ? "?mask=1" : "";
  });
}
