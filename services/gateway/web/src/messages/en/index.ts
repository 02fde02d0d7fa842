import { access } from "./access";
import { aurora } from "./aurora";
import { base } from "./base";
import { front } from "./front";
import { checks } from "./health";
import { executor } from "./executor";
import { lab } from "./lab";
import { planning } from "./planning";
import { savings } from "./savings";
import { settings } from "./settings";
import { strip } from "./strip";
import { welcome } from "./welcome";

export const en = { ...base, front, checks, access, aurora, executor, lab, planning, savings, settings, strip, welcome };
