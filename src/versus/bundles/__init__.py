"""Bundles: what is shipped. Read without Keras and torch, and without running code from one."""
