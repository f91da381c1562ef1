"""The types of files under `fixtures/` that more than one floor reads; `proxycheck.catalogue` fills them.

knowledge       causes and products: `causes.toml`, `products/`
scenario        a customer's proxy as the lab plays it: `scenarios/`
allowlist       what each product takes: `allowlists.toml`
client_hello    how a kind of client greets: `client_hellos/`
report_texts    the words of a report: `texts/`
page_texts      those of pages and of the terminal: `texts/`

Devices, causes and what a run measures are types of `proxycheck.model` itself.
"""
