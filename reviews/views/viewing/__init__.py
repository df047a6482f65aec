"""One module a viewer. Each has ``modes(subject)``, the ways it offers to look at the file, and
``draw(subject, shown, mode)``, which fills what ``templates/reviews/viewing/_<kind>.html`` draws.

A new one gets a line in ``reviews.views.viewer.VIEWERS``; their order is that of the buttons, and
the first mode of all is what is shown unless the address asks for another.
"""
