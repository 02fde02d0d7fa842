import type { Messages } from "..";
import { access } from "./access";
import { aurora } from "./aurora";
import { base } from "./base";
import { executor } from "./executor";
import { lab } from "./lab";
import { planning } from "./planning";
import { settings } from "./settings";
import { strip } from "./strip";
import { welcome } from "./welcome";

export const sv: Messages = { ...base, access, aurora, executor, lab, planning, settings, strip, welcome };
