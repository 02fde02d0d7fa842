import type { Messages } from "..";
import { access } from "./access";
import { aurora } from "./aurora";
import { base } from "./base";
import { executor } from "./executor";
import { settings } from "./settings";
import { strip } from "./strip";

export const sv: Messages = { ...base, access, aurora, executor, strip, settings };
