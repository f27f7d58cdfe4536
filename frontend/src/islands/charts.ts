// ECharts, only the parts in use. Tooltips are drawn on the canvas: an HTML tooltip would need inline styles, which the page's policy forbids.
import { BarChart, LineChart, MapChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import type { Drawing, MapData, Series } from "../island";

echarts.use([AriaComponent, BarChart, CanvasRenderer, GridComponent, LegendComponent, LineChart, MapChart, TooltipComponent, VisualMapComponent]);

type Chart = echarts.ECharts;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function frame(): Record<string, unknown> {
  return {
    color: [colour("accent"), colour("series-2"), colour("series-3"), colour("series-4"), colour("series-5")],
    textStyle: { color: colour("text"), fontFamily: getComputedStyle(document.body).fontFamily },
    animation: false,
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("surface"),
      borderColor: colour("line"),
      textStyle: { color: colour("text"), fontSize: 13 },
    },
  };
}

/** Draws as soon as the place has a size (a map cannot be fitted into nothing), follows its size and the colour scheme, and cleans up. */
function keep(at: HTMLElement, draw: (chart: Chart) => void): Drawing {
  let chart: Chart | null = null;
  const redraw = (): void => {
    if (chart) draw(chart);
  };
  const fit = (): void => {
    if (at.clientWidth === 0 || at.clientHeight === 0) return;
    if (chart) chart.resize();
    else draw((chart = echarts.init(at, null, { renderer: "canvas" })));
  };
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const sizes = new ResizeObserver(fit);
  fit();
  sizes.observe(at);
  document.addEventListener("theme:changed", redraw);
  scheme.addEventListener("change", redraw);
  return {
    dispose() {
      sizes.disconnect();
      document.removeEventListener("theme:changed", redraw);
      scheme.removeEventListener("change", redraw);
      chart?.dispose();
    },
  };
}

export function drawChart(at: HTMLElement, kind: "line" | "bar" | "hbar", data: { labels: string[]; series: Series[]; unit: string }): Drawing {
  return keep(at, (chart) => {
    const axisLine = { lineStyle: { color: colour("line-strong") } };
    const names = {
      type: "category",
      data: data.labels,
      inverse: kind === "hbar",
      axisLine,
      axisTick: { show: false },
      axisLabel: { color: colour("muted"), hideOverlap: kind !== "hbar", width: kind === "hbar" ? 130 : undefined, overflow: "truncate" },
    };
    const values = { type: "value", minInterval: 1, splitLine: { lineStyle: { color: colour("line") } }, axisLabel: { color: colour("muted") } };
    const base = frame();
    chart.setOption(
      {
        ...base,
        tooltip: { ...(base["tooltip"] as object), trigger: "axis" },
        legend: data.series.length > 1 ? { top: 0, left: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: colour("muted") } } : { show: false },
        grid: { left: 4, right: 16, top: data.series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
        xAxis: kind === "hbar" ? values : names,
        yAxis: kind === "hbar" ? names : values,
        series: data.series.map((one, index) => ({
          name: one.name,
          data: one.values,
          type: kind === "line" ? "line" : "bar",
          barMaxWidth: 18,
          symbol: ["circle", "rect", "triangle", "diamond"][index % 4],
          symbolSize: 5,
          lineStyle: { width: 2, type: index === 0 ? "solid" : index === 1 ? "dashed" : "dotted" },
        })),
      },
      true,
    );
  });
}

export function drawMap(at: HTMLElement, name: string, geo: unknown, data: MapData): Drawing {
  echarts.registerMap(name, geo as Parameters<typeof echarts.registerMap>[1]);
  const names = new Map(data.rows.map((row) => [row.code, row.name]));
  const drawing = keep(at, (chart) => {
    const base = frame();
    chart.setOption(
      {
        ...base,
        tooltip: { ...(base["tooltip"] as object), trigger: "item", formatter: (row: { name: string; value?: number }) => `${names.get(row.name) ?? row.name}  ${row.value || 0} ${data.unit}` },
        visualMap: {
          min: 0,
          max: Math.max(1, ...data.rows.map((row) => row.value ?? 0)),
          left: 0,
          bottom: 0,
          itemHeight: 80,
          itemWidth: 12,
          calculable: false,
          text: [String(Math.max(1, ...data.rows.map((row) => row.value ?? 0))), "0"],
          textStyle: { color: colour("muted") },
          inRange: { color: [colour("scale-low"), colour("scale-high")] },
        },
        series: [
          {
            type: "map",
            map: name,
            nameProperty: "code", // a county is known by its code; its name comes in the page's language
            selectedMode: false,
            data: data.rows.map((row) => ({ name: row.code, value: row.value ?? 0 })),
            label: { show: true, formatter: (row: { name: string }) => names.get(row.name) ?? "", color: colour("text"), fontSize: 12, textBorderColor: colour("surface"), textBorderWidth: 3 },
            itemStyle: { borderColor: colour("surface"), borderWidth: 1.5, areaColor: colour("scale-low") },
            emphasis: { label: { color: colour("text") }, itemStyle: { areaColor: colour("scale-hover") } },
          },
        ],
      },
      true,
    );
    chart.off("click");
    chart.on("click", (event) => {
      const link = data.links[event.name];
      if (link) window.location.assign(link);
    });
  });
  return drawing;
}
