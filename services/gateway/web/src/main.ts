import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { pages } from "./core/pages";
import { route } from "./core/route.svelte";
import { applyTheme } from "./core/theme.svelte";
import { live } from "./live/live.svelte";
import { m } from "./messages";

const SOON_MS = 300; // what comes sooner is drawn at once, instead of a page that waits for it

const known = live.start();
document.documentElement.lang = m.language;
applyTheme();

const whole = Promise.allSettled([known, pages[route.page]()]);
await Promise.race([whole, new Promise((done) => setTimeout(done, SOON_MS))]);
const target = document.getElementById("app");
if (target) mount(App, { target });
