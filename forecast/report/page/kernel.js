"use strict";
// What forecast/multistate computes, in the browser: each draw is carried through the days ahead, exactly, by the
// exponential of its generator. Knows no page. Days are counted from the as-of date, which is 0.
const Kernel = (() => {
  const TINY = 1e-15; // of a sum: what is left of a series adds next to nothing to it
  const STEP = 16; // exits in one step of the series, at most, so that nothing overflows or is lost
  const K_MOST = 0.7; // of Pareto's k: up to it reweighted draws can be trusted
  const TAIL_LEAST = 5, NO_TAIL = -1;

  function decode({ shape, data }, kind) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    return { shape, values: Float64Array.from(new kind(bytes.buffer)) };
  }

  // --- what does not change ----------------------------------------------------------------------------------------

  function prepare(data) {
    const n = data.count, theta = {};
    for (const [name, packed] of Object.entries(data.draws)) theta[name] = decode(packed, Float32Array).values;
    const stages = data.stages.length, z = decode(data.z, Float32Array).values;
    const sigma = new Float64Array(n);
    if (theta.log_sigma) for (let d = 0; d < n; d++) sigma[d] = Math.exp(theta.log_sigma[d]);
    const rates = data.transitions.map(() => new Float64Array(n));
    for (let d = 0; d < n; d++) {
      const whole = new Float64Array(stages);
      data.transitions.forEach(([from], t) => { whole[from] += Math.exp(theta.end_logit[t * n + d]); });
      data.transitions.forEach(([from], t) => {
        rates[t][d] = (Math.exp(theta.end_logit[t * n + d]) / whole[from]) * Math.exp(-theta.log_stay[from * n + d]);
      });
    }
    return { data, n, theta, z, sigma, rates, start: decode(data.start, Float64Array).values };
  }

  // --- the days of a setting ---------------------------------------------------------------------------------------

  // Say what of a setting cannot be, in words; null where all of it can.
  function findProblem(model, setting) {
    const { data } = model, { until } = setting, show = (name) => data.shown[name] || name;
    const days = [
      ...[...Object.entries(setting.put), ...Object.entries(setting.entered)].map(([name, day]) => [show(name), day]),
      ...Object.entries(setting.remove).map(([name, day]) => [show(name), day]),
      ...Object.entries(setting.ends).map(([name, day]) => [show(name), day]),
      ...Object.entries(setting.ratios).map(([name, item]) => [show(name), item.from]),
      ["no event", setting.no_event], ["nothing new", setting.silence],
    ];
    for (const [name, day] of days) {
      if (day !== null && !(day >= 1 && day <= until)) return `The day of “${name}” lies outside the window.`;
    }
    for (const group of [setting.put, setting.entered]) {
      const each = Object.values(group);
      if (new Set(each).size < each.length) return "Two stages cannot begin on one day.";
    }
    const set = new Set(Object.values(setting.put));
    if (Object.values(setting.entered).some((day) => set.has(day))) return "A stage cannot be set and learned on one day.";
    if (data.itineraries.every((name) => name in setting.remove)) return "At least one way must be left.";
    for (const { lo, hi, name } of setting.assume) {
      if (!(lo > 0 && lo < hi)) return `The interval of “${show(name)}” needs two numbers above 0, the smaller first.`;
    }
    return null;
  }

  function cutDays(model, setting) {
    const { data } = model, cuts = new Set([setting.until]);
    for (const { end } of data.segments) cuts.add(end);
    for (const day of [...Object.values(setting.put), ...Object.values(setting.ends)]) cuts.add(day);
    for (const day of Object.values(setting.entered)) cuts.add(day - 1).add(day);
    for (const day of [setting.no_event, setting.silence]) if (day !== null) cuts.add(day);
    for (const day of Object.values(setting.remove)) cuts.add(day - 1);
    for (const { from } of Object.values(setting.ratios)) cuts.add(from - 1);
    const ends = [...cuts].filter((day) => day > 0 && day <= setting.until).sort((a, b) => a - b);
    const last = findLastLearned(setting);
    const stageOn = (group, day) => {
      const found = Object.entries(group).find((item) => item[1] === day);
      return found ? data.stages.indexOf(found[0]) : -1;
    };
    let regime = null, regimeKey = "";
    return ends.map((end, row) => {
      const begin = row ? ends[row - 1] : 0;
      const base = data.segments.find((segment) => segment.end >= end);
      const enters = stageOn(setting.entered, end);
      const over = new Set(data.ratios.flatMap((name, r) => (name in setting.ends && setting.ends[name] <= begin ? [r] : [])));
      const holds = (pair) => !over.has(pair[1]);
      const set = data.ratios.flatMap((name, r) =>
        name in setting.ratios && setting.ratios[name].from <= begin + 1 ? [[r, Math.log(setting.ratios[name].factor)]] : []);
      const gone = data.itineraries.map((name) => name in setting.remove && setting.remove[name] <= begin + 1);
      const key = JSON.stringify([set, gone]);
      if (key !== regimeKey) [regime, regimeKey] = [{ set, gone }, key];
      return {
        begin, end, regime, enters,
        put: stageOn(setting.put, end),
        silent: setting.silence !== null && end <= setting.silence && enters < 0,
        learned: end <= last,
        event: base.event.filter(holds), steps: base.steps.filter(holds), pending: base.pending,
        open: base.open.map(({ plan, news }) => ({ plan: data.plans[plan], news: news.filter(holds) })),
      };
    });
  }

  function findLastLearned(setting) {
    return Math.max(0, setting.no_event ?? 0, setting.silence ?? 0, ...Object.values(setting.entered));
  }

  // --- states: this episode's stages, and then those of a later one -------------------------------------------------

  function move(stages, state, target) {
    const stage = state % stages;
    if (target === 0 && stage !== 0) return stages;
    return state - stage + target;
  }

  function findReached(model, segments) {
    const { data } = model, stages = data.stages.length;
    const found = new Set(data.states.map(([copy, stage]) => copy * stages + stage)), pending = [...found];
    const puts = segments.map((segment) => segment.put).filter((stage) => stage >= 0);
    while (pending.length) {
      const state = pending.pop();
      const targets = data.transitions.filter(([from, to]) => from === state % stages && to >= 0).map((pair) => pair[1]);
      for (const target of [...targets, ...puts]) {
        const next = move(stages, state, target);
        if (!found.has(next)) { found.add(next); pending.push(next); }
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  // --- one setting's answer ----------------------------------------------------------------------------------------

  function answer(model, setting) {
    const problem = findProblem(model, setting);
    if (problem) return { problem };
    const { data, n } = model, ways = data.itineraries.length;
    const segments = cutDays(model, setting), states = findReached(model, segments);
    const joint = new Float64Array(ways * n), weight = new Float64Array(n);
    const walk = prepareWalk(model, states);
    for (let d = 0; d < n; d++) carry(model, walk, segments, d, joint, weight);
    const { weights, k } = reweigh(model, setting.assume);
    return summarise(model, joint, weight, weights, k);
  }

  function prepareWalk(model, states) {
    const { data } = model, stages = data.stages.length, place = new Map(states.map((state, row) => [state, row]));
    const edges = [], exits = [];
    states.forEach((state, row) => {
      const stage = state % stages, copy = state >= stages ? 1 : 0, rests = data.rests && stage === 0;
      data.transitions.forEach(([from, to], t) => {
        if (from !== stage) return;
        const edge = { row, t, copy, to, up: rests ? 0 : to < 0 ? 1 : Math.sign(to - stage) };
        if (to < 0) exits.push(edge);
        else edges.push({ ...edge, next: place.get(move(stages, state, to)) });
      });
    });
    return {
      states, edges, exits, place,
      from: Int32Array.from(edges, (edge) => edge.row), next: Int32Array.from(edges, (edge) => edge.next),
      quiet: edges.map((edge) => edge.to === 0 && data.silent.includes(states[edge.row] % stages)),
      planned: states.map((state) => state < stages && !(data.rests && state % stages === 0)),
      begins: data.states.map(([copy, stage]) => place.get(copy * stages + stage)),
      plain: new Float64Array(edges.length), rate: new Float64Array(edges.length), // without what a segment does, and with it
      event: new Float64Array(exits.length), leaving: new Float64Array(states.length),
      ordinary: new Float64Array(states.length), happened: new Float64Array(2),
      series: [0, 1, 2].map(() => new Float64Array(states.length)), v: new Float64Array(states.length),
    };
  }

  function carry(model, walk, segments, d, joint, weight) {
    const { data, n } = model, stages = data.stages.length, ways = data.itineraries.length, v = walk.v;
    let isKnown = false, regime = null, logs = null, share = null;
    v.fill(0);
    walk.begins.forEach((place, row) => { v[place] = model.start[row * n + d]; });
    findPlainRates(model, walk, d);
    for (const segment of segments) {
      if (!isKnown && !segment.learned) { weight[d] = sum(v); isKnown = true; }
      if (segment.regime !== regime) {
        regime = segment.regime;
        logs = findLogs(model, regime, d);
        share = findShares(model, regime, logs, d);
      }
      const rates = findRates(model, segment, logs, share, regime, d);
      const whole = sum(rates.weight), planned = rates.plan ? sum(rates.plan) : 0;
      if (segment.enters >= 0) keep(v, walk, stages, segment.enters, false);
      fill(walk, segment, rates, whole, planned);
      propagate(walk, segment.end - segment.begin, planned);
      if (segment.enters >= 0) keep(v, walk, stages, segment.enters, true);
      if (!segment.learned) {
        const [ordinary, kept] = walk.happened;
        for (let i = 0; i < ways; i++) {
          if (whole > 0) joint[i * n + d] += (ordinary * rates.weight[i]) / whole;
          if (planned > 0) joint[i * n + d] += (kept * rates.plan[i]) / planned;
        }
      }
      if (segment.put >= 0) v.set(put(walk, v, stages, segment.put));
    }
    if (!isKnown) weight[d] = sum(v);
  }

  // What a draw's rates are before a segment changes them: a serious episode moves on faster, and falls back slower.
  function findPlainRates({ rates, sigma, z, n }, walk, d) {
    const factors = [0, 1].map((copy) => { const up = Math.exp(sigma[d] * z[copy * n + d]); return [1 / up, 1, up]; });
    walk.edges.forEach(({ t, copy, up }, e) => { walk.plain[e] = rates[t][d] * factors[copy][up + 1]; });
    walk.exits.forEach(({ t, copy, up }, e) => { walk.event[e] = rates[t][d] * factors[copy][up + 1]; });
  }

  function keep(v, walk, stages, stage, isKept) {
    walk.states.forEach((state, row) => { if ((state % stages === stage) !== isKept) v[row] = 0; });
  }

  function put(walk, v, stages, stage) {
    const moved = new Float64Array(v.length);
    walk.states.forEach((state, row) => { if (v[row]) moved[walk.place.get(move(stages, state, stage))] += v[row]; });
    return moved;
  }

  function findLogs({ data, n, theta }, regime, d) {
    const logs = data.ratios.map((_, r) => theta.log_ratio[r * n + d]);
    for (const [r, value] of regime.set) logs[r] = value;
    return logs;
  }

  function findShares({ data, n, theta }, regime, logs, d) {
    const sizes = data.attributes.map((row, i) => {
      if (regime.gone[i]) return 0;
      let log = data.counted ? theta.place_logit[i * n + d] : 0;
      row.forEach((value, r) => { log += value * logs[r]; });
      return Math.exp(log);
    });
    const whole = sum(sizes);
    return sizes.map((size) => size / whole);
  }

  function factors(pairs, count, logs) {
    const total = new Float64Array(count);
    for (const [row, r] of pairs) total[row] += logs[r];
    for (let row = 0; row < count; row++) total[row] = Math.exp(total[row]);
    return total;
  }

  function findRates({ data, n, theta }, segment, logs, share, regime, d) {
    const days = segment.end - segment.begin, ways = share.length;
    const weight = segment.event.length ? factors(segment.event, ways, logs) : new Float64Array(ways).fill(1);
    for (let i = 0; i < ways; i++) weight[i] *= share[i];
    let wait = 0;
    segment.pending.forEach((count, kind) => { if (count) wait += count * theta.log_meanwhile[kind * n + d]; });
    const plan = segment.open.length ? new Float64Array(ways) : null;
    for (const { plan: { kind, start, until, there }, news } of segment.open) {
      const taken = days / (until - start), left = (until - segment.end) / (until - start);
      const hazard = Math.log1p(taken / (Math.exp(-theta.kept_logit[kind * n + d]) + left)) / days;
      let among = 0;
      for (let i = 0; i < ways; i++) if (there[i]) among += share[i];
      if (!(among > 0)) continue; // all of its ways are removed
      const factor = factors(news, ways, logs);
      for (let i = 0; i < ways; i++) if (there[i]) plan[i] += (factor[i] * share[i] * hazard) / among;
    }
    const steps = segment.steps.length ? factors(segment.steps, data.stages.length, logs) : null;
    return { weight, plan, meanwhile: wait ? Math.exp(wait) : 1, steps };
  }

  function fill(walk, segment, rates, whole, planned) {
    const { edges, exits, leaving, ordinary } = walk;
    leaving.fill(0);
    ordinary.fill(0);
    for (let e = 0; e < edges.length; e++) {
      const rate = rates.steps ? walk.plain[e] * rates.steps[edges[e].to] : walk.plain[e];
      walk.rate[e] = segment.silent && !walk.quiet[e] ? 0 : rate; // a step that is announced is none of silence
      leaving[edges[e].row] += rate;
    }
    for (let e = 0; e < exits.length; e++) {
      const rate = walk.event[e] * whole * (exits[e].copy ? 1 : rates.meanwhile);
      ordinary[exits[e].row] += rate;
      leaving[exits[e].row] += rate;
    }
    if (planned) for (let row = 0; row < leaving.length; row++) if (walk.planned[row]) leaving[row] += planned;
  }

  // The exponential of a generator on a vector: with the largest exit rate on the diagonal every term is positive.
  function propagate(walk, days, planned) {
    const { rate, leaving, ordinary, happened, from, next: to, v } = walk, size = v.length, count = rate.length;
    let [total, term, next] = walk.series, most = 0;
    happened.fill(0);
    for (let row = 0; row < size; row++) if (leaving[row] > most) most = leaving[row];
    const steps = Math.max(1, Math.ceil((most * days) / STEP)), length = days / steps, scale = Math.exp(-most * length);
    for (let step = 0; step < steps; step++) {
      let first = 0, second = 0, firstTerm = 0, secondTerm = 0, whole = 0;
      for (let row = 0; row < size; row++) { total[row] = term[row] = v[row]; whole += v[row]; }
      for (let k = 1; k < 500; k++) {
        const by = length / k;
        let ends = 0, plans = 0, rest = 0;
        for (let row = 0; row < size; row++) {
          next[row] = term[row] * (most - leaving[row]);
          ends += term[row] * ordinary[row];
        }
        if (planned) for (let row = 0; row < size; row++) if (walk.planned[row]) plans += term[row];
        for (let e = 0; e < count; e++) next[to[e]] += term[from[e]] * rate[e];
        firstTerm = (firstTerm * most + ends) * by;
        secondTerm = (secondTerm * most + plans * planned) * by;
        for (let row = 0; row < size; row++) { next[row] *= by; total[row] += next[row]; rest += next[row]; }
        rest += firstTerm + secondTerm;
        first += firstTerm;
        second += secondTerm;
        whole += rest;
        const done = term;
        term = next;
        next = done;
        if (k > most * length && rest <= TINY * whole) break;
      }
      for (let row = 0; row < size; row++) v[row] = total[row] * scale;
      happened[0] += first * scale;
      happened[1] += second * scale;
    }
  }

  // --- assumptions by weights --------------------------------------------------------------------------------------

  const onScale = { log: Math.log, logit: (p) => Math.log(p / (1 - p)) };

  function reweigh({ data, n, theta }, assumed) {
    const logs = new Float64Array(n);
    for (const { parameter, index, logit, lo, hi, was } of assumed) {
      const scale = logit ? onScale.logit : onScale.log;
      const law = ([low, high]) => ({ mean: (scale(low) + scale(high)) / 2, sd: (scale(high) - scale(low)) / (2 * data.z95) });
      const before = law(was), after = law([lo, hi]);
      for (let d = 0; d < n; d++) {
        const x = theta[parameter][index * n + d];
        logs[d] += (((x - before.mean) / before.sd) ** 2 - ((x - after.mean) / after.sd) ** 2) / 2;
      }
    }
    return assumed.length ? smooth(logs) : { weights: new Float64Array(n).fill(1 / n), k: null };
  }

  // Pareto smoothing, as forecast/inference/pareto.py does it.
  function smooth(logs) {
    const n = logs.length, most = logs.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = logs.map((log) => Math.exp(log - most));
    const normed = () => { const total = sum(weights); return weights.map((weight) => weight / total); };
    const length = Math.floor(Math.min(0.2 * n, 3 * Math.sqrt(n)));
    if (length < TAIL_LEAST || length >= n) return { weights: normed(), k: Infinity };
    const order = Array.from(weights.keys()).sort((a, b) => weights[a] - weights[b] || a - b).slice(n - length - 1);
    const cutoff = weights[order[0]], tail = order.slice(1).filter((d) => weights[d] > cutoff);
    const excess = tail.map((d) => weights[d] - cutoff);
    if (cutoff > 0 && !excess.some((value) => value > 1e-9 * cutoff)) return { weights: normed(), k: NO_TAIL };
    if (!(cutoff > 0) || tail.length < TAIL_LEAST) return { weights: normed(), k: Infinity };
    const { k, scale } = fitPareto(excess);
    tail.forEach((d, rank) => {
      const p = (rank + 0.5) / tail.length;
      const quantile = Math.abs(k) < 1e-12 ? -scale * Math.log1p(-p) : (scale * Math.expm1(-k * Math.log1p(-p))) / k;
      weights[d] = Math.min(cutoff + quantile, 1);
    });
    return { weights: normed(), k };
  }

  function fitPareto(excess) {
    const count = excess.length, points = 30 + Math.floor(Math.sqrt(count));
    const quartile = excess[Math.floor(count / 4 + 0.5) - 1], last = excess[count - 1];
    const meanLog = (at) => sum(excess.map((value) => Math.log1p(-at * value))) / count;
    const grid = Array.from({ length: points }, (_, i) => (1 - Math.sqrt(points / (i + 0.5))) / (3 * quartile) + 1 / last);
    const profile = grid.map((at) => { const shape = meanLog(at); return count * (Math.log(-at / shape) - shape - 1); });
    const most = Math.max(...profile), mass = profile.map((value) => Math.exp(value - most));
    const center = sum(grid.map((at, i) => at * mass[i])) / sum(mass), found = meanLog(center);
    return { k: (found * count + 0.5 * 10) / (count + 10), scale: -found / center };
  }

  // --- what is told ------------------------------------------------------------------------------------------------

  function summarise({ data, n, start }, joint, weight, weights, k) {
    const ways = data.itineraries.length, places = data.places.map(() => 0), total = new Float64Array(n);
    const counts = weight.map((value, d) => value * weights[d]), learned = sum(counts);
    for (let i = 0; i < ways; i++) for (let d = 0; d < n; d++) {
      total[d] += joint[i * n + d];
      places[data.place_of[i]] += (joint[i * n + d] * weights[d]) / learned;
    }
    const began = sum(weights.map((value, d) => value * sum(data.states.map((_, row) => start[row * n + d]))));
    if (!(learned > 0)) return { problem: "No draw gives this any probability: what is learned cannot happen." };
    const p = sum(total.map((value, d) => value * weights[d])) / learned;
    const each = total.map((value, d) => (weight[d] > 0 ? value / weight[d] : 0));
    const effective = learned ** 2 / sum(counts.map((value) => value ** 2));
    const few = effective < data.agree * n, isLearning = weight.some((value, d) => value < 1 - 1e-12);
    return {
      p, k, places, chance: learned / began, effective,
      interval: quantiles(each, counts, [0.05, 0.95]), refused: k !== null && !(k <= K_MOST),
      problem: few && isLearning ? `Too few draws agree with what is learned (their effective number is ${Math.round(effective)}).` : null,
    };
  }

  function quantiles(values, counts, shares) {
    const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]), whole = sum(counts);
    return shares.map((share) => {
      let below = 0;
      for (const d of order) { below += counts[d]; if (below >= share * whole * (1 - 1e-12)) return values[d]; } // sums are rounded
      return values[order[order.length - 1]];
    });
  }

  function sum(values) {
    let total = 0;
    for (let i = 0; i < values.length; i++) total += values[i];
    return total;
  }

  // --- as a file ---------------------------------------------------------------------------------------------------

  function toDate(data, day) {
    const date = new Date(`${data.as_of}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() + day);
    return date.toISOString().slice(0, 10);
  }

  // Write the scenario of a setting as YAML: what differs from the file that the page was made of.
  function toYaml({ data }, setting) {
    const date = (day) => toDate(data, day), begins = data.begins;
    const name = (key) => (/^[a-z][a-z0-9_-]*$/i.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key) ? key : JSON.stringify(key));
    const flow = (items, write) => `{${items.map(([key, value]) => `${name(key)}: ${write(value)}`).join(", ")}}`;
    const group = (now, before, write) => {
      const found = { ...Object.fromEntries(Object.keys(before).map((key) => [key, null])), ...now };
      return Object.keys(found).length ? flow(Object.entries(found), (value) => (value === null ? "null" : write(value))) : null;
    };
    const day = (now, before) => (now !== null ? date(now) : before !== null ? "null" : null);
    const block = (title, rows) => {
      const kept = rows.filter((row) => row[1] !== null);
      return kept.length ? [`${title}:`, ...kept.map(([key, value]) => `  ${key}: ${value}`)] : [];
    };
    const lines = [`# What if, set on the page of ${data.name} as of ${data.as_of}.`, `extends: ${name(`${data.name}.yaml`)}`];
    if (setting.until !== data.until) lines.push(`window: {${data.by_days ? "days: null, " : ""}until: ${date(setting.until)}}`);
    for (const kind of [...new Set(setting.assume.map((item) => item.group))]) {
      if (!lines.includes("assume:")) lines.push("assume:");
      lines.push(`  ${kind}:`);
      const some = setting.assume.filter((item) => item.group === kind);
      for (const prior of new Set(some.map((item) => item.name))) {
        lines.push(`    ${name(prior)}:`);
        for (const { key, lo, hi } of some.filter((item) => item.name === prior)) {
          lines.push(`      ${key}: ${key === "stay" ? `{mean: [${lo}, ${hi}]}` : `[${lo}, ${hi}]`}`);
        }
        lines.push("      reason: Tried on the page.");
      }
    }
    lines.push(...block("do", [
      ["stage", group(setting.put, begins.put, date)],
      ["hazard_ratios", group(setting.ratios, begins.ratios, ({ factor, from }) => `{factor: ${factor}, from: ${date(from)}}`)],
      ["remove", group(setting.remove, begins.remove, date)],
      ["conditions", group(setting.ends, begins.ends, (end) => `{ends: ${date(end)}}`)],
    ]));
    lines.push(...block("given", [
      ["stage", group(setting.entered, begins.entered, date)],
      ["no_event_until", day(setting.no_event, begins.no_event)],
      ["silence_until", day(setting.silence, begins.silence)],
    ]));
    return `${lines.join("\n")}\n`;
  }

  // Return the setting that the page begins with.
  function begin({ data }) {
    return { until: data.until, assume: [], ...JSON.parse(JSON.stringify(data.begins)) };
  }

  return { prepare, answer, begin, toYaml, toDate, K_MOST };
})();
if (typeof module !== "undefined") module.exports = Kernel;
