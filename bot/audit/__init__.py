"""The record: what was asked and answered, by ids and digests, durable before a reply leaves."""
