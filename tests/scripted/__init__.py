"""The whole run against a proxy that is a script: every byte it sends is written down in the test."""
