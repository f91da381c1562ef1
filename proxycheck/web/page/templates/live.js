const dropping = (place, wanted, taken) => {
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer || !wanted([...event.dataTransfer.types])) return;
    event.preventDefault();
    place.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) place.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    place.classList.remove("over");
    if (!event.dataTransfer || !wanted([...event.dataTransfer.types])) return;
    event.preventDefault();
    taken(event.dataTransfer);
  });
};
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
    live.classList.remove("gone");
    if (state.ended) {
      source.close();
      location.reload();
      return;
    }
    for (const name of ["phase", "progress", "elapsed", "named", "failure", "blocker"]) show(name, state[name]);
    for (const tile of state.tiles) {
      const place = document.getElementById(`tile-${tile.id}`);
      place.className = `tile ${tile.answer}`;
      place.querySelector(".answer").textContent = tile.label;
      place.querySelector(".count").textContent = tile.count;
    }
  };
  addEventListener("beforeunload", () => source.close());
  source.onerror = () => {
    gone.textContent = gone.dataset.text;
    gone.hidden = false;
    live.classList.add("gone");
  };
}
const test = document.getElementById("test");
if (test) {
  const field = (name) => document.getElementById(name);
  const dropped = field("dropped");
  const chosen = () => {
    const [file] = field("file").files;
    dropped.textContent = file ? dropped.dataset.text.replace("{name}", file.name) : "";
    if (file && file.size > Number(field("file").dataset.largest)) {
      field("file").value = "";
      dropped.textContent = dropped.dataset.tooLarge;
    }
    if (field("file").value) field("pac").value = "";
  };
  const wanted = (types) => types.includes("Files") || types.includes("text/uri-list");
  dropping(test, wanted, (transfer) => {
    field("pacs").open = true;
    for (const name of ["host", "port", "pac"]) field(name).value = "";
    if (transfer.files.length) {
      field("file").files = transfer.files;
      chosen();
    } else {
      field("file").value = "";
      dropped.textContent = "";
      field("pac").value = transfer.getData("text/uri-list").split(/\r?\n/)[0];
    }
  });
  field("file").addEventListener("change", chosen);
  for (const link of document.querySelectorAll("a[data-host]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field("host").value = link.dataset.host;
      field("port").value = link.dataset.port;
      field("file").value = field("pac").value = dropped.textContent = "";
    });
  }
  const device = field("device");
  const pictures = [...document.querySelectorAll(".pictures li")];
  const point = () => {
    for (const each of pictures) each.classList.toggle("chosen", each.dataset.device === device.value);
  };
  for (const each of pictures) {
    each.addEventListener("click", () => {
      device.value = each.dataset.device;
      point();
    });
  }
  device.addEventListener("change", point);
  addEventListener("pageshow", point);
  point();
}
const mask = document.getElementById("mask");
if (mask) {
  mask.addEventListener("change", () => {
    for (const link of document.querySelectorAll("a[data-file]")) link.search = mask.checked ? "?mask=1" : "";
  });
}
const letters = [...document.querySelectorAll("#letters > details.letter")];
if (letters.length > 1) {
  const list = document.createElement("div");
  list.className = "tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-labelledby", "letters-title");
  letters[0].before(list);
  const tabs = [];
  const panels = [];
  const choose = (chosen) => {
    tabs.forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(number === chosen));
      tab.tabIndex = number === chosen ? 0 : -1;
      panels[number].hidden = number !== chosen;
    });
  };
  letters.forEach((letter, number) => {
    const tab = document.createElement("button");
    const panel = document.createElement("div");
    const title = letter.querySelector("summary");
    tab.type = "button";
    tab.id = `tab-${number}`;
    tab.textContent = title.textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `panel-${number}`);
    panel.id = `panel-${number}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    title.remove();
    panel.append(...letter.childNodes);
    letter.replaceWith(panel);
    tab.addEventListener("click", () => choose(number));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      const next = (number + step + tabs.length) % tabs.length;
      choose(next);
      tabs[next].focus();
    });
    list.append(tab);
    tabs.push(tab);
    panels.push(panel);
  });
  choose(0);
}
const lab = document.getElementById("lab");
if (lab) {
  const gone = document.getElementById("gone");
  const log = document.getElementById("log");
  let after = Number(lab.dataset.after);
  if (log) log.scrollTop = log.scrollHeight;
  const source = new EventSource(`/lab/events?after=${after}`);
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    gone.hidden = true;
    gone.textContent = "";
    if (state.phase !== lab.dataset.phase) {
      source.close();
      location.reload();
      return;
    }
    if (!log || !state.lines.length) return;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(state.lines.map((line) => `${line}\n`).join(""));
    if (below) log.scrollTop = log.scrollHeight;
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CONNECTING) source.close();
    gone.textContent = gone.dataset.text;
    gone.hidden = false;
  };
  const reproduce = document.getElementById("reproduce");
  dropping(reproduce, (types) => types.includes("Files"), (transfer) => {
    if (!transfer.files.length) return;
    document.getElementById("report").files = transfer.files;
    reproduce.requestSubmit();
  });
}
