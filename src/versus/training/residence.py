"""Where the pictures of a training lie: all of them on the device, or in the machine's memory."""

import logging

import numpy as np

from versus.backend import torch
from versus.data.dataset import Split
from versus.data.memory_map import Reader, writable

Tensor = torch.Tensor
# The most of a card's free memory that pictures may take: the rest is for the training.
SHARE = 0.5
logger = logging.getLogger("versus")


def place(split: Split, device: str) -> tuple[tuple[Tensor, Tensor], Reader]:
    """Return images uint8 `[n, height, width, channels]` and labels int64 `[n]` as tensors.

    On the device if there is room; else in memory from which a card fetches each batch, and that
    is said. Pictures mapped from a file stay mapped for the processor; the reader, told what was
    read, lets go of it.

    Args:
        split: of a data set.
        device: that computes.
    """
    pictures = writable(split.images)
    images, labels = torch.from_numpy(pictures), torch.from_numpy(np.array(split.labels))
    reader = Reader(pictures)
    if images.nbytes <= room(device):
        return (images.to(device), labels.to(device)), reader
    logger.warning(
        "%.1f GB of pictures do not fit the %s device: each batch is fetched from memory",
        images.nbytes / 1e9,
        device,
    )
    return (images.pin_memory(), labels), reader


def room(device: str) -> float:
    """Return how many bytes of pictures a device may be given now."""
    return SHARE * torch.cuda.mem_get_info()[0] if device == "cuda" else float("inf")


def fetch(images: Tensor, labels: Tensor, rows: Tensor, device: str) -> tuple[Tensor, Tensor]:
    """Return a batch on the device.

    Args:
        images: pictures or features `[n, ...]`, wherever they lie.
        labels: int64 `[n]`, wherever they lie.
        rows: int64, of the batch, where the labels lie.
        device: that computes.
    """
    picked = images.index_select(0, rows.to(images.device)).to(device)
    return picked, labels.index_select(0, rows).to(device)
