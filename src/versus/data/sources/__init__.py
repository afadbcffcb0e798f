"""What lies at a path: which format, which pictures, with which labels; nothing is decoded yet."""
