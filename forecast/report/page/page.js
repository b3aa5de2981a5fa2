// The controls of the what-if page: each change is computed by Kernel, shown, and can be copied as a file.
(() => {
  const home = document.getElementById("whatif");
  if (!home) return;
  const data = JSON.parse(document.getElementById("whatif-data").textContent);
  const model = Kernel.prepare(data), show = (name) => data.shown[name] || name;
  let setting = Kernel.begin(model), starting = Kernel.answer(model, setting), waiting = false, ids = 0;
  const refreshers = [];

  // --- small things ------------------------------------------------------------------------------------------------

  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(key, "");
      else if (value !== null && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const decimal = (share) => {
    const value = Math.max(share, 0);
    return (value >= 0.01 && value <= 0.99) || value === 0 || value === 1 ? value.toFixed(2) : value.toFixed(3);
  };
  const toDay = (text) => (text ? Math.round((Date.parse(`${text}T00:00:00Z`) - Date.parse(`${data.as_of}T00:00:00Z`)) / 864e5) : NaN);
  const toDate = (day) => Kernel.toDate(data, day);

  function change(act) {
    act();
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; update(); });
  }

  // --- rows of controls --------------------------------------------------------------------------------------------

  function dateInput(label, read, write) {
    const input = make("input", { type: "date", "aria-label": label, min: toDate(1), max: toDate(data.horizon) });
    input.addEventListener("change", () => { const day = toDay(input.value); if (Number.isFinite(day)) change(() => write(day)); });
    refreshers.push(() => { const day = read(); if (day !== null && document.activeElement !== input) input.value = toDate(day); });
    return input;
  }

  // A row that can be switched on, with what is chosen once it is, and what is said while it is off.
  function switchRow(label, isOn, turn, inputs, off = "") {
    const id = `w${(ids += 1)}`, box = make("input", { type: "checkbox", id });
    const chosen = make("span", { class: "pair" }, ...inputs), said = make("span", { class: "soft" }, off);
    box.addEventListener("change", () => change(() => turn(box.checked)));
    refreshers.push(() => {
      box.checked = isOn();
      [chosen.hidden, said.hidden] = [!box.checked, box.checked];
    });
    return make("div", { class: "row" }, make("label", { for: id, class: "pair" }, box, make("span", {}, label)), chosen, said);
  }

  // A day by name in one of the groups of a setting.
  function dayRow(group, name, label) {
    const start = () => Math.max(1, Math.min(setting.until, Math.ceil(setting.until / 3)));
    return switchRow(
      label,
      () => name in setting[group],
      (on) => { if (on) setting[group][name] = start(); else delete setting[group][name]; },
      [dateInput(`${label}: day`, () => setting[group][name] ?? null, (day) => { setting[group][name] = day; })],
    );
  }

  function lastDayRow(key, label) {
    return switchRow(
      label,
      () => setting[key] !== null,
      (on) => { setting[key] = on ? Math.max(1, Math.ceil(setting.until / 3)) : null; },
      [dateInput(`${label}: day`, () => setting[key], (day) => { setting[key] = day; })],
    );
  }

  function ratioRow(name) {
    const label = `${show(name)} multiplies by`, told = make("output");
    const range = make("input", { type: "range", min: "-300", max: "300", step: "5", "aria-label": `${label}: factor` });
    range.addEventListener("input", () => change(() => { setting.ratios[name].factor = Number(Math.exp(range.value / 100).toPrecision(3)); }));
    refreshers.push(() => {
      const item = setting.ratios[name];
      if (item) range.value = Math.round(100 * Math.log(item.factor));
      told.textContent = item ? `× ${item.factor}` : "";
    });
    const from = dateInput(`${label}: from`, () => setting.ratios[name]?.from ?? null, (day) => { setting.ratios[name].from = day; });
    const turn = (on) => { if (on) setting.ratios[name] = { factor: 1, from: 1 }; else delete setting.ratios[name]; };
    return switchRow(label, () => name in setting.ratios, turn, [range, told, "from", from]);
  }

  function priorRow(item) {
    const label = `${show(item.name)}: ${item.key}`, same = (other) => other.parameter === item.parameter && other.index === item.index;
    const find = () => setting.assume.find(same);
    const ends = ["lo", "hi"].map((side) => {
      const input = make("input", { type: "number", step: "any", min: "0", "aria-label": `${label}, ${side === "lo" ? "low" : "high"} end of 90%`, size: "6" });
      input.addEventListener("change", () => change(() => { const value = Number(input.value); if (value > 0 && (!item.logit || value < 1)) find()[side] = value; }));
      refreshers.push(() => { if (document.activeElement !== input) input.value = (find() || item)[side]; });
      return input;
    });
    const turn = (on) => {
      setting.assume = setting.assume.filter((other) => !same(other));
      if (on) setting.assume.push({ ...item, was: [item.lo, item.hi] });
    };
    return switchRow(label, () => Boolean(find()), turn, [ends[0], "to", ends[1]], `${item.lo} to ${item.hi}`);
  }

  function windowRow() {
    const range = make("input", { type: "range", id: "w-until", min: "1", max: data.horizon, step: "1" }), told = make("output", { for: "w-until" });
    range.addEventListener("input", () => change(() => { setting.until = Number(range.value); }));
    refreshers.push(() => {
      range.value = setting.until;
      told.textContent = toDate(setting.until);
      range.setAttribute("aria-valuetext", toDate(setting.until));
    });
    return make("div", { class: "row" }, make("label", { for: "w-until" }, "The window ends on"), range, told);
  }

  function group(title, note, rows, isOpen = false) {
    const some = rows.filter(Boolean);
    if (!some.length) return null;
    return make("details", { open: isOpen }, make("summary", {}, title), note ? make("p", { class: "soft" }, note) : null, ...some);
  }

  // --- the answer --------------------------------------------------------------------------------------------------

  const big = make("span", { class: "p" }), said = make("p", { role: "status" }), light = make("p", { class: "light" });
  const where = make("div", {}), file = make("pre", { tabindex: "0", role: "region", "aria-label": "the same as a scenario file" });

  function drawPlaces(found) {
    where.replaceChildren(...(data.places.length < 2 || !found ? [] : found.map((p, index) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), bar = document.createElementNS(svg.namespaceURI, "rect");
      svg.setAttribute("viewBox", "0 0 100 14");
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("aria-hidden", "true");
      for (const [key, value] of Object.entries({ width: Math.max(100 * p, 0.2), height: 14, class: `p${index % 8}` })) bar.setAttribute(key, value);
      svg.append(bar);
      return make("div", { class: "places" }, make("span", {}, show(data.places[index])), svg, make("span", {}, decimal(p)));
    })));
  }

  function describe(found) {
    const moved = found.p - starting.p, size = Math.abs(moved) < 0.0005 ? "as at the start" : `${moved > 0 ? "+" : "−"}${Math.abs(moved).toFixed(3)} from the start`;
    const learned = found.chance < 1 - 1e-9 ? ` What is learned had a chance of ${decimal(found.chance)}.` : "";
    return `P is ${decimal(found.p)}, ${size}; 90% of the draws lie in ${decimal(found.interval[0])} to ${decimal(found.interval[1])}.${learned}`;
  }

  function update() {
    const found = Kernel.answer(model, setting), hidden = Boolean(found.problem || found.refused);
    refreshers.forEach((refresh) => refresh());
    big.textContent = hidden ? "–" : decimal(found.p);
    said.textContent = found.problem || (found.refused ? "P is not shown: these beliefs are too far from those of the fit. Copy the file and run it." : describe(found));
    const isKnown = found.k !== undefined && found.k !== null;
    light.hidden = !isKnown;
    light.className = `light ${found.refused ? "bad" : "good"}`;
    const k = isKnown && found.k > 10 ? "above 10" : isKnown ? found.k.toFixed(2) : "";
    light.replaceChildren(make("span", { class: "lamp" }), `Pareto k ${k}: ${found.refused ? "above 0.7, the draws cannot be reweighted" : "the reweighted draws can be trusted"}`);
    drawPlaces(hidden ? null : found.places);
    file.textContent = Kernel.toYaml(model, setting);
    home.dataset.p = hidden ? "" : found.p;
  }

  // --- put together ------------------------------------------------------------------------------------------------

  const button = (label, act, style) => { const element = make("button", { type: "button", class: style || null }, label); element.addEventListener("click", act); return element; };
  const stages = data.rests ? data.stages : [];
  const copy = button("Copy as YAML", async () => {
    try { await navigator.clipboard.writeText(file.textContent); copy.textContent = "Copied"; } catch {
      getSelection().selectAllChildren(file);
      copy.textContent = "Selected: copy it with the keyboard";
    }
    setTimeout(() => { copy.textContent = "Copy as YAML"; }, 2500);
  });
  const reset = button("Start again", () => change(() => { setting = Kernel.begin(model); }), "plain");
  const rows = [
    make("fieldset", {}, make("legend", {}, "Window"), windowRow()),
    group("Something is set (do)", "It teaches nothing about the past.", [
      ...stages.filter((_, index) => data.put_rest || index).map((name) => dayRow("put", name, `${show(name)} is set on`)),
      ...(data.itineraries.length > 1 ? data.itineraries : []).map((name) => dayRow("remove", name, `${show(name)} is out from`)),
      ...data.conditions.map((name) => dayRow("ends", name, `${show(name)} ends on`)),
      ...data.ratios.map(ratioRow),
    ]),
    group("Something is learned (given)", "Beliefs change by how likely it was.", [
      lastDayRow("no_event", "no event up to"),
      lastDayRow("silence", "nothing new up to"),
      ...stages.filter((_, index) => index !== data.stage).map((name) => dayRow("entered", name, `${show(name)} is entered on`)),
    ]),
    group("Something else is believed (assume)", "Draws are reweighted; beyond a Pareto k of 0.7 no P is shown. Beliefs of other kinds, such as counts, are left to a file.", data.priors.map(priorRow)),
    make("div", { class: "answer" }, make("p", { class: "headline" }, big), said, light, where),
    make("div", { class: "buttons" }, copy, reset),
    group("The same as a scenario file", `Save it beside ${data.name}.yaml and run it.`, [file]),
  ];
  home.replaceChildren(...rows.filter(Boolean));
  home.hidden = false;
  update();
  // What tests ask, and whoever likes a console.
  window.whatif = { model, Kernel, get setting() { return setting; }, set(other) { setting = other; update(); } };
})();
