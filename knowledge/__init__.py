"""What is known of treating carbapenem-resistant Enterobacterales."""
