"""Reading a clinician's message: text in, `Parsed` out; pure, total, deterministic."""
