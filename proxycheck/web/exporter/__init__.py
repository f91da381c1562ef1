"""The exporter for Prometheus: many proxies, each tested when it is scraped (the multi-target pattern).

    configuration   exporter.toml: modules, their targets and credentials
    web_config      Prometheus's own file for TLS and logins
    refusals        which credentials are not sent again
    prober          one run a target at a time, a bounded number in all, and the last result of each
    result          the last result of a target, and what a scrape is told of it
    history         what became worse or better, and when
    answer          what a scrape gets
    own_metrics     what the exporter says of itself
    application     the addresses that it serves
    serving         listens, reloads, ends

When to test, what to keep and whom to alert is Prometheus's: nothing here schedules, stores or alerts. To add a metric
of a run, add it to `proxycheck.report.monitoring.prometheus`, so that the textfile has it as well.
"""
