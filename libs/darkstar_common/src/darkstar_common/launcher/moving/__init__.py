"""A house in one file: everything that Darkstar knows of it, packed, checked and put in place.

`archive`, `contents`, `state` and `placing` need nothing but the standard library, so that the
scripts in `deploy/` use them before anything is installed.
"""
