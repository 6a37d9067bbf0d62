// Draws the charts of the page from the figures in #data. Everything is computed from them here or
// before: nothing is fetched. Names come from strangers and pass through `safe` wherever HTML is made.
"use strict";
(() => {
  const root = document.documentElement;
  addEventListener("error", (event) => { root.dataset.error = event.message || "error"; });
  addEventListener("securitypolicyviolation", (event) => { root.dataset.error = "asked for " + event.blockedURI; });

  const runs = JSON.parse(document.getElementById("data").textContent).runs;
  const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6a51a3", "#8c6d31"];
  const grey = "#b3bcc7";
  const ink = "#46525f";
  const font = getComputedStyle(document.body).fontFamily;
  const charts = new Map();

  const safe = (text) => echarts.format.encodeHTML(String(text));
  const put = (id, text) => { document.getElementById(id).textContent = text; };
  const count = (number) => Math.round(number).toLocaleString("en-US");
  const percent = (share) => (share * 100).toFixed(1) + "%";
  const sum = (list, of) => list.reduce((all, each) => all + of(each), 0);

  // "3 h 12 min"
  function span(seconds) {
    const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
    if (seconds < 1) return seconds === 0 ? "0 s" : seconds.toPrecision(2) + " s";
    const at = units.findIndex(([, size]) => seconds >= size);
    const [name, size] = units[at];
    if (size === 1) return +seconds.toFixed(1) + " s";
    const whole = Math.floor(seconds / size);
    const rest = Math.floor((seconds - whole * size) / units[at + 1][1]);
    return `${whole} ${name}` + (rest > 0 ? ` ${rest} ${units[at + 1][0]}` : "");
  }

  // Steps of a time axis that people count in, at most 12 of them.
  const steps = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800,
    432000, 864000, 1728000, 2592000, 5184000, 7776000, 15552000, 31536000, 63072000, 157680000];
  const step = (length) => steps.find((each) => length / each <= 12) || length / 10;
  function timeAxis(length, more) {
    const unit = length >= 5 * 86400 ? ["days", 86400] : length >= 7200 ? ["hours", 3600] : length >= 120 ? ["minutes", 60] : ["seconds", 1];
    const label = (value) => {
      const number = value / unit[1];
      return Math.abs(value / step(length) - Math.round(value / step(length))) < 1e-6 ? String(+number.toFixed(2)) : "";
    };
    return {
      type: "value", min: 0, max: length || 1, interval: step(length || 1), name: unit[0] + " since the start", nameLocation: "middle", nameGap: 26,
      nameTextStyle: {color: ink}, axisLabel: {formatter: label, color: ink, showMaxLabel: false}, splitLine: {lineStyle: {color: "#edf0f4"}}, axisLine: {show: true, lineStyle: {color: "#9aa7b5"}}, ...more,
    };
  }
  const valueAxis = (more) => ({
    type: "value", nameTextStyle: {color: ink}, axisLabel: {color: ink}, splitLine: {lineStyle: {color: "#edf0f4"}}, ...more,
  });

  // Lays out a chart in #id, or says there why there is none.
  function draw(id, height, option, none) {
    const place = document.getElementById(id);
    const known = charts.get(id);
    if (known) known.dispose();
    charts.delete(id);
    place.className = option ? "chart" : "none";
    place.style.height = option ? height + "px" : "";
    place.textContent = option ? "" : none;
    if (!option) return null;
    const chart = echarts.init(place);
    chart.setOption({animation: false, textStyle: {fontFamily: font}, color: palette, aria: {enabled: true}, ...option});
    charts.set(id, chart);
    return chart;
  }
  const legend = (more) => ({type: "scroll", top: 0, left: 0, icon: "roundRect", itemWidth: 14, itemHeight: 8, textStyle: {color: ink}, ...more});

  // ---- queue and utilisation

  const resource = (figures, name) => figures.resources.find((each) => each.name === name && each.total > 0);
  const main = (figures) => resource(figures, "devices") || resource(figures, "cpus");

  function drawLoad() {
    const longest = Math.max(...runs.map(({figures}) => figures.series.points.length * figures.series.width_s));
    const queue = [];
    const held = [];
    runs.forEach(({name, figures}, at) => {
      const {points, width_s: width} = figures.series;
      const along = (of) => points.map((point) => [point.at_s, of(point)])
        .concat(points.length ? [[points.at(-1).at_s + width, of(points.at(-1))]] : []);
      const line = (title, axis, data, more) => ({
        name: title, type: "line", step: "end", symbol: "none", xAxisIndex: axis, yAxisIndex: axis, data, lineStyle: {width: 1.5}, ...more,
      });
      if (runs.length === 1) {
        queue.push(line("longest queue of each moment", 0, along((p) => p.waiting_max), {lineStyle: {width: 0}, areaStyle: {color: "#0072b2", opacity: 0.18}, itemStyle: {color: "#b9d5e8"}}));
        queue.push(line("jobs waiting", 0, along((p) => p.waiting), {itemStyle: {color: palette[0]}}));
        [["devices", palette[1]], ["cpus", palette[2]]].forEach(([kind, color]) => {
          const there = resource(figures, kind);
          if (there) held.push(line(kind + " allocated", 1, along((p) => 100 * p[kind] / there.total), {itemStyle: {color}}));
        });
      } else {
        const there = main(figures);
        const color = palette[at % palette.length];
        const type = at < palette.length ? "solid" : "dashed";
        queue.push(line(name, 0, along((p) => p.waiting), {itemStyle: {color}, lineStyle: {width: 1.5, type}}));
        if (there) held.push(line(name, 1, along((p) => 100 * p[there.name] / there.total), {itemStyle: {color}, lineStyle: {width: 1.5, type}}));
      }
    });
    const first = runs[0].figures;
    const there = main(first);
    put("load-how", "Above: jobs that waited. Below: how much of all " +
      (runs.length > 1 && there ? there.name : "there is") + " was held by placed work. Each point is a mean over " +
      span(first.series.width_s) + (runs.length > 1 ? " or so" : "") + ". Drag the bar beneath to look closer.");
    const tip = (lines) => `<b>${safe(span(lines[0].axisValue))} after the start</b><br>` + lines.map((each) =>
      `${each.marker}${safe(each.seriesName)}: ${each.axisIndex === 0 ? (+each.value[1].toFixed(1)).toLocaleString("en-US") + " jobs" : each.value[1].toFixed(1) + "%"}`).join("<br>");
    const chart = draw("load", 540, longest > 0 ? {
      legend: legend(),
      axisPointer: {link: [{xAxisIndex: "all"}]},
      tooltip: {trigger: "axis", confine: true, formatter: tip},
      grid: [{left: 64, right: 24, top: 60, height: 170}, {left: 64, right: 24, top: 282, height: 160}],
      xAxis: [timeAxis(longest, {gridIndex: 0, name: ""}), timeAxis(longest, {gridIndex: 1})],
      yAxis: [valueAxis({gridIndex: 0, minInterval: 1, name: "jobs waiting", nameTextStyle: {align: "left", padding: [0, 0, 0, -50], color: ink}}),
        valueAxis({gridIndex: 1, name: "% allocated", min: 0, max: 100, interval: 25, nameTextStyle: {align: "left", padding: [0, 0, 0, -50], color: ink}})],
      dataZoom: [{type: "slider", xAxisIndex: [0, 1], bottom: 6, height: 24, showDetail: false, brushSelect: false}, {type: "inside", xAxisIndex: [0, 1], zoomOnMouseWheel: "ctrl"}],
      series: [...queue, ...held],
    } : null, "The run took no time.");
    if (!chart) return;
    chart.on("datazoom", () => {
      const {start, end} = chart.getOption().dataZoom[0];
      const length = Math.max(longest * (end - start) / 100, 1);
      const axis = timeAxis(length);
      chart.setOption({xAxis: [0, 1].map(() => ({interval: axis.interval, axisLabel: axis.axisLabel, name: ""}))});
    });
  }

  // ---- waiting

  function drawWait() {
    const marks = [1, 10, 60, 600, 3600, 21600, 86400, 604800, 2592000, 31536000, 315360000];
    const place = (seconds) => Math.log10(Math.max(seconds, 1));
    const started = runs.filter(({jobs}) => jobs.waits.length > 0);
    const atOnce = started.map(({name, jobs}) => (runs.length > 1 ? name + ": " : "") + percent(jobs.started_at_once / jobs.started));
    put("wait-how", "Read upwards from a time to the curve: so many of 100 jobs had started after waiting that long. " +
      "Further left and higher is better. The scale of time is logarithmic; its left end is a second or less" +
      (started.length ? ` (${atOnce.join(", ")}).` : "."));
    const largest = Math.max(1, ...started.map(({jobs}) => jobs.waits.at(-1).wait_s));
    const end = place(marks.find((mark) => mark >= largest) || largest);
    const ticks = marks.map(place).filter((value) => value <= end + 1e-9);
    const series = started.map(({name, jobs}) => {
      const at = runs.findIndex((run) => run.name === name);
      const curve = jobs.waits.map((point) => [place(point.wait_s), 100 * point.share]);
      if (curve[0][0] > 0) curve.unshift([0, 0], [curve[0][0], 0]);
      curve.push([end, 100 * jobs.waits.at(-1).share]);
      return {
        name, type: "line", step: "end", symbol: "none", data: curve, lineStyle: {width: 2, type: at < palette.length ? "solid" : "dashed"},
        itemStyle: {color: palette[at % palette.length]},
      };
    });
    draw("wait", 400, end > 0 ? {
      legend: legend({show: runs.length > 1}),
      tooltip: {trigger: "axis", confine: true, formatter: (lines) => {
        const x = lines[0].axisValue;
        return `<b>waited ${x <= 0 ? "1 s" : safe(span(10 ** x))} or less</b><br>` + lines.map((each) => `${each.marker}${safe(each.seriesName)}: ${each.value[1].toFixed(1)} of 100 jobs`).join("<br>");
      }},
      grid: {left: 64, right: 24, top: 60, bottom: 52},
      xAxis: valueAxis({min: 0, max: end, name: "time waited", nameLocation: "middle", nameGap: 30, axisTick: {show: true, customValues: ticks},
        axisLabel: {color: ink, customValues: ticks, formatter: (value) => value < 0.01 ? "≤ 1 s" : span(Math.round(10 ** value))}}),
      yAxis: valueAxis({min: 0, max: 100, name: "% of started jobs", nameTextStyle: {align: "left", padding: [0, 0, 0, -50], color: ink}}),
      series,
    } : null, series.length ? "Every job started within a second of its submission." : "No job started.");
  }

  // ---- tenants

  function drawTenants() {
    const most = 20;
    const weight = new Map();
    runs.forEach(({figures}) => figures.tenants.forEach((each) => weight.set(each.tenant, (weight.get(each.tenant) || 0) + each.share + each.jobs * 1e-12)));
    const names = [...weight.keys()].sort((a, b) => weight.get(b) - weight.get(a));
    const shown = names.length > most ? names.slice(0, most - 1) : names;
    const folded = names.length - shown.length;
    const rows = shown.concat(folded ? [`${count(folded)} others`] : []);
    // Of those that have no row of their own: shares add up, waits are weighed by their jobs.
    const fold = (tenants) => {
      const rest = tenants.filter((each) => !shown.includes(each.tenant));
      const waits = sum(rest, (each) => each.wait.count);
      return {jobs: sum(rest, (each) => each.jobs), share: sum(rest, (each) => each.share),
        wait: {count: waits, mean_s: waits ? sum(rest, (each) => each.wait.count * each.wait.mean_s) / waits : 0}};
    };
    const cells = runs.map(({figures}) => {
      const known = new Map(figures.tenants.map((each) => [each.tenant, each]));
      const list = shown.map((tenant) => known.get(tenant));
      return folded ? list.concat([fold(figures.tenants)]) : list;
    });
    const kind = runs.map(({figures}) => (main(figures) || {name: "cpus"}).name)[0] === "devices" ? "device-hours" : "cpu-hours";
    put("tenants-how", `Left: the mean time from submission to first start. Right: the part of all ${kind} that the tenant's jobs held. ` +
      (folded ? `The ${shown.length} tenants that held the most are shown; the other ${count(folded)} are one row, their waits weighed by their jobs. ` : "") +
      (runs.length === 1 ? "The dashed line is the mean over all jobs." : ""));
    const thick = Math.max(4, Math.min(14, 36 / runs.length));
    const band = Math.max(24, runs.length * (thick + 2) + 10);
    const bars = (axis, of) => runs.map(({name}, at) => ({
      name, type: "bar", xAxisIndex: axis, yAxisIndex: axis, barWidth: thick, barGap: "20%", itemStyle: {color: palette[at % palette.length]},
      data: cells[at].map((cell) => cell ? of(cell) : null),
    }));
    const waits = bars(0, (cell) => cell.wait.count ? cell.wait.mean_s : null);
    const mean = runs[0].figures.wait;
    if (runs.length === 1 && mean.count) {
      waits[0].markLine = {silent: true, symbol: "none", lineStyle: {color: ink, type: "dashed"}, label: {show: false}, data: [{xAxis: mean.mean_s}]};
    }
    const longest = Math.max(1, ...cells.flat().map((cell) => cell && cell.wait.count ? cell.wait.mean_s : 0));
    const wide = steps.find((each) => longest / each <= 6) || longest / 5;
    const tip = ({dataIndex: at}) => `<b>${safe(rows[at])}</b><br>` + runs.map(({name}, run) => {
      const cell = cells[run][at];
      if (!cell) return `${safe(name)}: no job`;
      const tail = cell.wait.p95_s === undefined ? "" : `, 95 of 100 within ${span(cell.wait.p95_s)}`;
      return (runs.length > 1 ? safe(name) + ": " : "") + `${count(cell.jobs)} jobs, ` + (cell.wait.count ? `mean wait ${span(cell.wait.mean_s)}${tail}` : "none started") + `, ${percent(cell.share)} of ${kind}`;
    }).join("<br>");
    const side = {type: "category", inverse: true, data: rows, axisTick: {show: false}, axisLine: {lineStyle: {color: "#9aa7b5"}}};
    draw("tenants", rows.length * band + 92, rows.length ? {
      legend: legend({show: runs.length > 1, data: runs.map(({name}) => name)}),
      tooltip: {trigger: "item", confine: true, formatter: tip},
      grid: [{left: 150, width: "38%", top: 36, bottom: 48}, {left: "60%", right: 36, top: 36, bottom: 48}],
      xAxis: [valueAxis({gridIndex: 0, min: 0, max: wide * Math.ceil(longest / wide), interval: wide, name: "mean wait", nameLocation: "middle", nameGap: 28, axisLabel: {color: ink, formatter: span}}),
        valueAxis({gridIndex: 1, min: 0, name: "share of " + kind, nameLocation: "middle", nameGap: 28, axisLabel: {color: ink, formatter: (value) => +(100 * value).toFixed(1) + "%"}})],
      yAxis: [{...side, gridIndex: 0, axisLabel: {color: ink, width: 130, overflow: "truncate", interval: 0}}, {...side, gridIndex: 1, axisLabel: {show: false}}],
      series: [...waits, ...bars(1, (cell) => cell.share)],
    } : null, "No tenant submitted a job.");
  }

  // ---- sites

  const ramp = ["#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b"];
  function shade(share) {
    const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
    const low = Math.min(Math.floor(at), ramp.length - 2);
    const part = (color, i) => parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
    return "rgb(" + [0, 1, 2].map((i) => Math.round(part(ramp[low], i) + (at - low) * (part(ramp[low + 1], i) - part(ramp[low], i)))).join(",") + ")";
  }
  const title = (load) => (load.sites > 1 || load.site === "" ? `${count(load.sites)} other sites` : load.site);

  function drawSites({jobs}) {
    const {sites, length_s: length, restarted} = jobs;
    const width = sites.length ? length / sites[0].share.length : 0;
    const folded = sites.find((load) => load.sites > 1);
    put("sites-how", `Of all ${count(jobs.started)} jobs that started; each cell is a mean over ${span(width)}. ` +
      (folded ? `The ${sites.length - 1} largest sites have a row each; the other ${count(folded.sites)} are one row together. ` : "") +
      (restarted ? `${count(restarted)} jobs were started more than once and count through from their first start to their end, so that a cell may be darker than it was.` : ""));
    const cells = sites.flatMap((load, row) => load.share.map((share, at) => [at * width, row, share]).filter(([, , share]) => share > 0));
    const tall = sites.length > 20 ? 16 : 26;
    draw("sites", sites.length * tall + 64, sites.length ? {
      tooltip: {confine: true, formatter: ({value: [from, row, share]}) => `<b>${safe(title(sites[row]))}</b><br>${span(from)} to ${span(from + width)} after the start<br>${percent(share)} of ${count(sites[row].total)} ${safe(sites[row].resource)} held`},
      grid: {left: 190, right: 24, top: 8, bottom: 48},
      xAxis: timeAxis(length, {splitLine: {show: false}}),
      yAxis: {type: "category", inverse: true, data: sites.map((load) => `${title(load)} · ${count(load.total)} ${load.resource}`), axisTick: {show: false}, axisLabel: {color: ink, width: 176, overflow: "truncate", interval: 0}},
      series: [{type: "custom", clip: true, data: cells, encode: {x: 0, y: 1}, renderItem: (params, api) => {
        const [x, y] = api.coord([api.value(0), api.value(1)]);
        const [right] = api.coord([api.value(0) + width, api.value(1)]);
        const height = api.size([0, 1])[1] - 3;
        return {type: "rect", shape: {x, y: y - height / 2, width: right - x + 0.5, height}, style: {fill: shade(api.value(2))}};
      }}],
    } : null, "No job started.");
  }

  // ---- the largest jobs

  function drawJobs({jobs, figures}) {
    const {bars, lanes, length_s: length} = jobs;
    const kind = jobs.bars_resource === "devices" ? "device-hours" : "cpu-hours";
    put("jobs-how", bars.length < jobs.started
      ? `The ${bars.length} jobs that held the most ${kind}, of ${count(jobs.started)} that started: together ${percent(jobs.bars_share)} of all ${kind} held. The others are not drawn here; the chart above counts them all. A bar goes from first start to end; its height says nothing.`
      : `All ${count(bars.length)} jobs that started. A bar goes from first start to end; its height says nothing.`);
    const held = new Map();
    bars.forEach((bar) => held.set(bar.tenant, (held.get(bar.tenant) || 0) + 1));
    const tenants = [...held.keys()].sort((a, b) => held.get(b) - held.get(a) || (a < b ? -1 : 1));
    const own = tenants.length > palette.length ? tenants.slice(0, palette.length - 1) : tenants;
    const groups = own.map((tenant, at) => ({name: tenant, color: palette[at], bars: bars.filter((bar) => bar.tenant === tenant)}));
    const rest = bars.filter((bar) => !own.includes(bar.tenant));
    if (rest.length) groups.push({name: `${tenants.length - own.length} other tenants`, color: grey, bars: rest});
    const siteOf = Array.from({length: lanes}, () => "");
    bars.forEach((bar) => { siteOf[bar.lane] = bar.site; });
    const tall = lanes > 50 ? 13 : 18;
    const tip = ({seriesIndex, dataIndex}) => {
      const bar = groups[seriesIndex].bars[dataIndex];
      const size = (bar.devices ? `${bar.devices.toLocaleString("en-US")} devices, ` : "") + `${count(bar.cpus)} cpus on ${count(bar.nodes)} node${bar.nodes === 1 ? "" : "s"}`;
      return `<b>job ${bar.number}</b> of ${safe(bar.tenant)} at ${safe(bar.site)}<br>${size}<br>waited ${span(bar.started_s - bar.submitted_s)}, ran ` +
        (bar.ended_s === undefined ? "until the run was over" : `${span(bar.ended_s - bar.started_s)}, ${safe(bar.state)}`) + (bar.attempts > 1 ? `<br>started ${bar.attempts} times` : "");
    };
    draw("jobs", lanes * tall + 100, bars.length ? {
      legend: legend(),
      tooltip: {confine: true, formatter: tip},
      grid: {left: 130, right: 24, top: 36, bottom: 48},
      xAxis: timeAxis(length),
      yAxis: {type: "category", inverse: true, data: siteOf.map((site, lane) => (lane > 0 && siteOf[lane - 1] === site ? "" : site)), axisTick: {show: true, interval: (lane, text) => text !== ""},
        splitLine: {show: figures.sites.length > 1, interval: (lane, text) => text !== "", lineStyle: {color: "#c8d0da"}}, axisLabel: {color: ink, width: 116, overflow: "truncate", interval: 0}},
      series: groups.map((group) => ({
        name: group.name, type: "custom", clip: true, itemStyle: {color: group.color}, encode: {x: [0, 1], y: 2},
        data: group.bars.map((bar) => [bar.started_s, bar.ended_s === undefined ? length : bar.ended_s, bar.lane]),
        renderItem: (params, api) => {
          const [x, y] = api.coord([api.value(0), api.value(2)]);
          const [right] = api.coord([api.value(1), api.value(2)]);
          const bar = group.bars[params.dataIndex];
          const text = bar.devices ? `${bar.devices} dev` : `${bar.cpus} cpus`;
          const width = Math.max(right - x - 1, 1);
          return {type: "rect", shape: {x, y: y - tall / 2 + 1.5, width, height: tall - 3, r: 2}, style: {fill: group.color},
            textContent: width > 52 ? {type: "text", style: {text, fill: "#fff", fontSize: 10, fontFamily: font}} : undefined, textConfig: {position: "inside"}};
        },
      })),
    } : null, "No job started.");
  }

  // ---- the page

  function showRun(at) {
    drawSites(runs[at]);
    drawJobs(runs[at]);
  }

  // Lines that lie on one another look like one.
  function alike() {
    const groups = new Map();
    runs.forEach(({name, figures, jobs}) => {
      const drawn = JSON.stringify([figures.series.points, jobs.waits]);
      groups.set(drawn, (groups.get(drawn) || []).concat(name));
    });
    const same = [...groups.values()].filter((names) => names.length > 1).map((names) => names.join(" and "));
    return same.length ? ` The lines of ${same.join("; of ")} lie on one another: these runs came out the same.` : "";
  }

  const ended = sum(runs, ({figures}) => figures.jobs.submitted);
  put("summary", runs.length === 1
    ? `${count(ended)} jobs over ${span(runs[0].figures.makespan_s)}; order ${runs[0].figures.policy.order}, backfill ${runs[0].figures.policy.backfill}, placing ${runs[0].figures.policy.placing}, choice ${runs[0].figures.policy.choice}; seed ${runs[0].figures.seed}`
    : `${runs.length} runs side by side.${alike()}`);
  drawLoad();
  drawWait();
  drawTenants();
  const choice = document.getElementById("run");
  runs.forEach(({name}, at) => choice.append(new Option(name, String(at))));
  choice.addEventListener("change", () => showRun(Number(choice.value)));
  document.getElementById("choose").hidden = runs.length === 1;
  showRun(0);
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  root.dataset.charts = String(charts.size);
})();
