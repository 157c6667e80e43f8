"""The Block Kit check: every limit of Slack that a payload must keep, in one pure function a surface.

The SDK's own models check some lengths and not others (a button value of 2,001, 51 blocks, a missing top-level
text pass there), and Slack answers a bad payload with an error a clinician would see as silence. So every payload
that leaves the process in a test goes through here, and the local Slack stand-in refuses what it finds.
"""

from handlers.blockcheck.messages import check_blocks, check_message, check_view

__all__ = ["check_blocks", "check_message", "check_view"]
