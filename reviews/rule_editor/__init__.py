"""Rules as forms: what a browser sends without any script, and what it is drawn from.

``rows`` is a condition as groups and rows, ``typed`` reads and presses them, ``condition_json``
goes to and from the tree, ``actions`` does the same for what a rule does, ``choosing`` has what may
be chosen by name, and ``editor`` holds one rule while it is edited.
"""
