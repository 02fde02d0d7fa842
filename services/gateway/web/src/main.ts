import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { applyTheme } from "./core/theme.svelte";
import { live } from "./live/live.svelte";
import { m } from "./messages";

live.start();
document.documentElement.lang = m.language;
applyTheme();

const target = document.getElementById("app");
if (target) mount(App, { target });
