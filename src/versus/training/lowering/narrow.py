"""A dense layer that makes few numbers of many, such as the last one of a net, on the CPU.

MKL's products are made for wide matrices: with 5 columns the gradient of 12,544 rows takes it 736
microseconds, that of the same matrix turned, 5 rows, 133 (two threads, 128 pictures).
"""

from typing import Any

from versus.backend import torch
from versus.training.lowering.native import Tensor

WIDEST, FEWEST_INPUTS = 16, 1024


def is_narrow(x: Tensor, kernel: Tensor) -> bool:
    """Return whether `Narrow` is the faster way for pictures `[n, inputs]`, where they are."""
    inputs, outputs = kernel.shape
    return (
        outputs <= WIDEST
        and inputs >= FEWEST_INPUTS
        and x.device.type == "cpu"
        and torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
    )


class Narrow(torch.autograd.Function):
    """`x @ kernel + bias`, each product with the few outputs as rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
        """Return `[n, outputs]`."""
        ctx.save_for_backward(x, kernel)
        turned = kernel.t() @ x.t()
        return (turned if bias is None else turned.add_(bias.unsqueeze(1))).t().contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradients of the pictures, the kernel and the bias."""
        (x, kernel), (gradient,) = ctx.saved_tensors, gradients
        of_pictures, of_kernel, of_bias = ctx.needs_input_grad
        return (
            gradient @ kernel.t() if of_pictures else None,
            (gradient.t() @ x).t().contiguous() if of_kernel else None,
            gradient.sum(0) if of_bias else None,
        )
