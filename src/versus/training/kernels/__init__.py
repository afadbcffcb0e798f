"""Loops over pictures on the CPU that torch makes in many passes over memory, each made in one.

Pictures are `[n, height, width, channels]`, float32 or float64, as Keras lays them out. A kernel
does pictures `first` to `last` and writes into arrays it is given; `compiled.py` runs it.
"""
