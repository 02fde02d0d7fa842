import type { Messages } from "..";
import { base } from "./base";

export const sv: Messages = { ...base };
