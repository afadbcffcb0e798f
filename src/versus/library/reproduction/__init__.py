"""What the documents print beside what was measured here."""
