"""Looks at a house from the broker and from this machine, and says what is wrong and what to do.

facts      what was seen, frozen
findings   what is thought of it: ok, warning, problem or unknown, a sentence and the way out
machine    findings on this machine: configuration, secrets, disk
broker     findings on the broker: login, access list, clock
services   findings on what the services say of themselves
inputs     findings on what a plan needs: sensors, prices, weather, forecasts
here       gathers the facts of this machine
looking    gathers all facts
trying     tries what a broker user may do, by what arrives
report     what people and programs read
"""
