"""Where the pictures of a training lie: all of them on the device, or in the machine's memory."""

import logging

import numpy as np

from versus.backend import torch
from versus.data.dataset import Split

Tensor = torch.Tensor
# The most of a card's free memory that pictures may take: the rest is for the training.
SHARE = 0.5
logger = logging.getLogger("versus")


def place(split: Split, device: str) -> tuple[Tensor, Tensor]:
    """Return images uint8 `[n, height, width, channels]` and labels int64 `[n]` as tensors.

    On the device if there is room; else in memory from which a card fetches each batch, and that
    is said.

    Args:
        split: of a data set.
        device: that computes.
    """
    images, labels = (
        torch.from_numpy(np.array(split.images)),
        torch.from_numpy(np.array(split.labels)),
    )
    if images.nbytes <= room(device):
        return images.to(device), labels.to(device)
    logger.warning(
        "%.1f GB of pictures do not fit the %s device: each batch is fetched from memory",
        images.nbytes / 1e9,
        device,
    )
    return images.pin_memory(), labels


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
