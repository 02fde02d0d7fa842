"""The messages of the contract, a module for each branch of the topic tree."""
