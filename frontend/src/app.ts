import { Application } from "@hotwired/stimulus";
import htmx from "htmx.org";

import { ChartController } from "./controllers/chart";
import { ConfirmController } from "./controllers/confirm";
import { CopyController } from "./controllers/copy";
import { CountdownController } from "./controllers/countdown";
import { DraftController } from "./controllers/draft";
import { DrawerController } from "./controllers/drawer";
import { DropzoneController } from "./controllers/dropzone";
import { EditorController } from "./controllers/editor";
import { FiltersController } from "./controllers/filters";
import { GraphController } from "./controllers/graph";
import { LiveController } from "./controllers/live";
import { MapController } from "./controllers/map";
import { MenuController } from "./controllers/menu";
import { RevealController } from "./controllers/reveal";
import { RowsController } from "./controllers/rows";
import { ShortcutsController } from "./controllers/shortcuts";
import { ThemeController } from "./controllers/theme";
import { csrfToken, say } from "./page";
import { toast } from "./toast";

const application = Application.start();
application.register("chart", ChartController);
application.register("confirm", ConfirmController);
application.register("copy", CopyController);
application.register("countdown", CountdownController);
application.register("draft", DraftController);
application.register("drawer", DrawerController);
application.register("dropzone", DropzoneController);
application.register("editor", EditorController);
application.register("filters", FiltersController);
application.register("graph", GraphController);
application.register("live", LiveController);
application.register("map", MapController);
application.register("menu", MenuController);
application.register("reveal", RevealController);
application.register("rows", RowsController);
application.register("shortcuts", ShortcutsController);
application.register("theme", ThemeController);

htmx.on("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRF-Token"] = csrfToken();
});
for (const failure of ["htmx:responseError", "htmx:sendError"]) htmx.on(failure, () => toast(say("failed"), "red"));
