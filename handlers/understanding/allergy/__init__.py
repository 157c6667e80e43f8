"""Beta-lactam allergies and valproate."""
