"""The bars of docs/performance.md, measured on the product as it starts: ``script/bench``."""
