"""LayerGroup: layers that learn at a rate of their own, or begin later; light to import."""

from pydantic import Field

from versus.schema import Schema


class LayerGroup(Schema):
    """Some layers of a model that learn otherwise than the rest.

    For fine-tuning: a small `rate` keeps what a trained base knows, and `after` lets a new head
    settle first. Source: J. Howard and S. Ruder 2018, "Universal Language Model Fine-tuning for
    Text Classification", https://arxiv.org/abs/1801.06146 (discriminative fine-tuning).

    Attributes:
        layers: how the layers' names begin, as "block5" of VGG16; a model within the model has a
            name, too, which stands for all its layers.
        rate: times the recipe's learning rate, and so times every value of its schedule.
        after: epochs for which they are frozen before they learn; with frozen layers
            BatchNormalization keeps its moving averages.
    """

    layers: str = Field(min_length=1)
    rate: float = Field(default=1.0, gt=0)
    after: int = Field(default=0, ge=0)

    def describe(self) -> str:
        """Return it in a few words."""
        rate = "" if self.rate == 1 else f" at {self.rate:g} of the rate"
        return f"{self.layers}*{rate}{f' after {self.after} epochs' if self.after else ''}"
