"""The page for one person at this computer: a form, the run as it goes, the report, before and after.

    guard         who gets in: the token once, then a cookie; Host and Origin; what every answer says to the browser
    sent          what a browser sends with a form, neither large nor slow
    form          the fields of the form as the order of a run
    progress      the functions of the device as their hosts answer
    runs          the runs since the start, each in its process; one at a time
    lab           the simulated proxy that is played, in its process
    lab_addresses the addresses of the lab's page
    views         the templates with what they get
    application   the addresses
    serving       listens on loopback, opens the browser, ends
    templates/    the pages; `live.css` and `live.js` are served beside those of the report

The page measures nothing and judges nothing: a run is `proxycheck.web.process`, and what is shown of it is the report's
own page (`proxycheck.report.html`). To add a field, add it to `form` and to `start.html.jinja`.
"""
