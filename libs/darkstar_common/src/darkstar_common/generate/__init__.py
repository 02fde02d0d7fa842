"""What is derived from the contract and the configuration: schemas, ACL, tables, examples.

`python -m darkstar_common.generate` writes it all; with `--check` it names what is stale.
"""
