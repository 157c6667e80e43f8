"""The playground: a local Slack stand-in, strict as Slack, and a page to try the bot without an account."""
