"""Pages of PDFs as pictures with their text, made by a process that can do nothing else.

PDF libraries meet hostile input in C; so each page is drawn by a short-lived child (``child``)
that has no way to open a file or a socket, little memory and little time. ``pages`` runs it.
"""
