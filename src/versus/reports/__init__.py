"""Reports: from records to one page; nothing is trained, loaded or evaluated again."""
