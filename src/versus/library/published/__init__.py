"""What the documents print, as data: one file a document."""
