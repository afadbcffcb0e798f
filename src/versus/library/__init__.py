"""The built-in studies, one short file each."""
