"""Reading the log: pages, searches, insights, replay and export."""
