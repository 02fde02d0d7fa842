// Vad konfigurationens nycklar heter och betyder på svenska.

type Words = Record<string, string>;

export const TITLES: Words = {};

export const HELP: Words = {};
