"""`proxycheck web` in a real browser, by accessible names alone: behind simulated proxies, and behind real ones.

opening         the program and the browser that opens it; what a person does on the page
test_lab        behind scenarios of the lab
test_progress   what the page hears while a run goes on
test_squid      behind real Squids, in a network namespace: from the printed address to the line to change and a file
test_everybody  by keyboard, narrow, enlarged, dark, without motion, with axe on every page
"""
