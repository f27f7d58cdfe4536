// Cytoscape, fetched only by pages that show a graph. It would write a style element, which the page's policy forbids: the rule it holds stands in app.css, and an
// element of the same id tells it that the work is done.
import cytoscape from "cytoscape";

import type { Drawing } from "../island";

export interface GraphData {
  nodes: { id: string; kind: string; name: string; label: string; url: string; more: number }[];
  edges: [string, string][];
  left_out: number;
}

export interface GraphDrawing extends Drawing {
  grow(data: GraphData): void;
}

const SHAPES: Record<string, cytoscape.Css.NodeShape> = {
  case: "ellipse",
  account: "rectangle",
  phone: "round-rectangle",
  site: "diamond",
  chat: "hexagon",
  crypto: "octagon",
  device: "pentagon",
  money: "barrel",
  app: "triangle",
};

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function style(): cytoscape.StylesheetJson {
  const label = { label: "data(text)", "font-size": 12, color: colour("text"), "text-wrap": "ellipsis", "text-max-width": "110px", "text-valign": "bottom" };
  return [
    { selector: "node", style: { ...label, "background-color": colour("accent"), width: 18, height: 18, "border-width": 1, "border-color": colour("surface") } },
    ...Object.entries(SHAPES).map(([kind, shape]) => ({ selector: `node[kind = "${kind}"]`, style: { shape } })),
    { selector: 'node[kind != "case"]', style: { "background-color": colour("series-2"), width: 24, height: 24 } },
    { selector: "node[more > 0]", style: { "border-width": 3, "border-color": colour("text") } },
    { selector: "node:selected", style: { "border-width": 4, "border-color": colour("focus") } },
    { selector: "edge", style: { width: 1, "line-color": colour("line-strong") } },
  ] as cytoscape.StylesheetJson;
}

function elements(data: GraphData): cytoscape.ElementDefinition[] {
  const nodes = data.nodes.map((node) => ({ data: { ...node, text: node.kind === "case" ? node.label : `${node.name} ${node.label}` } }));
  return [...nodes, ...data.edges.map(([source, target]) => ({ data: { id: `${source}|${target}`, source, target } }))];
}

/** Draws the graph; `chosen` hears of each node that is tapped. The wheel scrolls the page: zooming is by pinch and by the buttons of the page. */
export function drawGraph(at: HTMLElement, data: GraphData, chosen: (node: GraphData["nodes"][number]) => void): GraphDrawing {
  if (!document.getElementById("__________cytoscape_stylesheet")) {
    const mark = document.createElement("meta");
    mark.id = "__________cytoscape_stylesheet";
    document.head.append(mark);
  }
  const layout = { name: "cose", animate: false, randomize: false, padding: 16, nodeDimensionsIncludeLabels: true } as cytoscape.LayoutOptions;
  const graph = cytoscape({ container: at, elements: elements(data), style: style(), layout, userZoomingEnabled: false, boxSelectionEnabled: false, maxZoom: 2.5, minZoom: 0.1 });
  graph.on("tap", "node", (event) => chosen((event.target as cytoscape.NodeSingular).data() as GraphData["nodes"][number]));
  const restyle = (): void => void graph.style(style());
  document.addEventListener("theme:changed", restyle);
  const sizes = new ResizeObserver(() => graph.resize().fit(undefined, 16));
  sizes.observe(at);
  return {
    grow(more: GraphData) {
      const fresh = elements(more).filter((one) => graph.getElementById(String(one.data.id)).empty());
      for (const node of more.nodes) graph.getElementById(node.id).data("more", node.more);
      graph.add(fresh);
      graph.layout(layout).run();
    },
    dispose() {
      sizes.disconnect();
      document.removeEventListener("theme:changed", restyle);
      graph.destroy();
    },
  };
}
