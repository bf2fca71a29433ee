"""Every state of the page that people see, for pictures of it and for axe-core.

`make screenshots` writes docs/screenshots/.
"""
