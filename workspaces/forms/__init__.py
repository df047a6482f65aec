"""Forms of the screens: what was typed stays, errors stand beside the field."""
