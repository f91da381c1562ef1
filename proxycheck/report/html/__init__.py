"""A report as one page: whole, offline, readable without scripts, in light, dark and print.

    page          the function; what the templates get
    drawing       the timeline as shapes
    environment   the templates' environment: everything that is printed is escaped twice over, for eyes and for HTML
    *.jinja       the page and its parts; `style.css` and `page.js` stand in the page, and its Content-Security-Policy
                  allows these two by their hashes and nothing else

A page that is served live uses the same parts (`parts.html.jinja`).
"""
