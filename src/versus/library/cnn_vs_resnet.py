"""Document D's two nets on five classes of clothing: a CNN, and a ResNet v1 of depth 2.

As printed: depth 2 has no residual block, and the two differ in optimizer and stopping too.
"""

from versus.studies.protocol import Protocol
from versus.studies.study import Study, Variant
from versus.training.recipe import EarlyStopping, Recipe

stop = EarlyStopping(monitor="val_loss", patience=10)
sgd = Recipe(optimizer="sgd", learning_rate=0.01, batch_size=128, epochs=25, early_stopping=stop)
adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=25)

study = Study(
    name="cnn-vs-resnet",
    question="Does the plain CNN tell five kinds of tops apart better than document D's ResNet?",
    data="fashion-mnist-tops",
    variants=[
        Variant("fashion5-cnn", "fashion5-cnn", sgd),
        Variant("fashion5-resnet-2", "fashion5-resnet-2", adam),
    ],
    seeds=6,
    protocol=Protocol(test="open"),
    margin=0.01,
    source=(
        "Document D: CNN 0.8513 test accuracy, ResNet 0.7347. Its data are not public: "
        "fashion-mnist-tops is our guess, so the order can be checked and the figures cannot."
    ),
)
