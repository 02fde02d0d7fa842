// What a dashboard of ours may be: Grafana's own types, with the enumerations as the words JSON has, the
// options of each kind of panel checked by its own type, and no key that Grafana does not know.
import type * as schema from "@grafana/schema";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as states from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as lines from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** `T` as it stands in a file: a string enumeration is the union of its words. */
type Plain<T> = unknown extends T
  ? unknown
  : T extends string
    ? `${T}`
    : T extends number | boolean | null | undefined
      ? T
      : T extends ReadonlyArray<infer Item>
        ? Array<Plain<Item>>
        : { [Key in keyof T]: Plain<T[Key]> };

type Source = { type: "prometheus"; uid: "${datasource}" };

type Query = Plain<Omit<schema.DataQuery, "datasource">> & {
  datasource: Source;
  editorMode: "code";
  expr: string;
  format: "time_series" | "table";
  instant: boolean;
  legendFormat: string;
  range: boolean;
};

type Common = Omit<
  schema.Panel,
  "type" | "options" | "fieldConfig" | "targets" | "datasource" | "title" | "description" | "gridPos"
>;
type Fields<Custom> = {
  defaults: Plain<Omit<schema.FieldConfig, "custom">> & { custom?: Partial<Plain<Custom>> };
  overrides: Array<{
    matcher: { id: "byName" | "byRegexp"; options: string };
    properties: Array<{ id: string; value: unknown }>;
  }>;
};

type Shown<Kind extends string, Options, Custom> = Plain<Common> & {
  type: Kind;
  title: string;
  description: string;
  datasource: Source;
  gridPos: schema.GridPos;
  targets: Query[];
  options: Partial<Plain<Options>>;
  fieldConfig: Fields<Custom>;
};

type Panel =
  | Shown<"timeseries", lines.Options, lines.FieldConfig>
  | Shown<"stat", stat.Options, Record<string, never>>
  | Shown<"state-timeline", states.Options, states.FieldConfig>
  | Shown<"table", table.Options, schema.TableFieldOptions>;

type Row = Plain<Omit<schema.RowPanel, "panels">> & { panels: [] };

type Mark = Plain<Omit<schema.AnnotationQuery, "datasource">> & {
  datasource: Source;
  expr: string;
  step: string;
  textFormat: string;
  titleFormat: string;
};

// The oldest types also ask for an id of a variable, which the newest do not know and Grafana makes itself.
type Variable = Partial<Plain<Omit<schema.VariableModel, "query">>> & {
  name: string;
  type: Plain<schema.VariableType>;
  query: "prometheus" | { query: string; refId: string };
};

export type Board = Plain<Omit<schema.Dashboard, "panels" | "annotations" | "templating" | "style">> & {
  uid: string;
  title: string;
  description: string;
  panels: Array<Panel | Row>;
  annotations: { list: Mark[] };
  templating: { list: Variable[] };
};
