import { base } from "./base";
import { executor } from "./executor";
import { strip } from "./strip";

export const en = { ...base, executor, strip };
