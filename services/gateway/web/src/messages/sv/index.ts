import type { Messages } from "..";
import { base } from "./base";
import { executor } from "./executor";
import { strip } from "./strip";

export const sv: Messages = { ...base, executor, strip };
