"""The filter language of the lists: one string that is the address, the box and the saved view.

``language.parse`` reads it, ``matching.condition`` makes the database's question of it and
``order`` the order and the pages.
"""
